import { idx } from "./idx.js";
import { imageFolder } from "./image-folder.js";

export const DATASETS = [idx, imageFolder] as const;
