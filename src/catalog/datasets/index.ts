import { idx } from "./idx.js";
import { imageCsv } from "./image-csv.js";
import { imageFolder } from "./image-folder.js";

export const DATASETS = [idx, imageCsv, imageFolder] as const;
