import { hdf5, npz, patchcamelyon } from "./arrays.js";
import { idx } from "./idx.js";
import { imageCsv } from "./image-csv.js";
import { imageFolder } from "./image-folder.js";
import { aptos2019, cbisDdsm, chexpert, imagenet, isic2019 } from "./published.js";

export const DATASETS = [
  aptos2019,
  cbisDdsm,
  chexpert,
  hdf5,
  idx,
  imageCsv,
  imageFolder,
  imagenet,
  isic2019,
  npz,
  patchcamelyon,
] as const;
