import { DataError, type DatasetAdapter } from "../types.js";
import { aptos2019 } from "./aptos2019.js";
import { hdf5, npz } from "./arrays.js";
import { cbisDdsm } from "./cbis-ddsm.js";
import { chexpert } from "./chexpert.js";
import { idx } from "./idx.js";
import { imageCsv } from "./image-csv.js";
import { imageFolder } from "./image-folder.js";
import { imagenet } from "./imagenet.js";
import { isic2019 } from "./isic2019.js";
import { patchcamelyon } from "./patchcamelyon.js";

/** One an entry of the catalogue; a test holds the two lists equal. */
export const ADAPTERS: readonly DatasetAdapter[] = [
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
];

export function adapterOf(id: string): DatasetAdapter {
  const adapter = ADAPTERS.find((candidate) => candidate.id === id);
  if (adapter === undefined)
    throw new DataError(`no adapter reads ${id}`, `there is ${ADAPTERS.map((a) => a.id).join(", ")}`);
  return adapter;
}
