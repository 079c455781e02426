import type { Choice } from "../../../catalog/types.js";
import { decodeFiles } from "../formats/files.js";
import { DataError, type DatasetAdapter, type PluginAdapters } from "../types.js";
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

export function adapterOf(choice: Choice, plugins?: PluginAdapters): DatasetAdapter {
  if (choice.plugin !== undefined) return plugins?.adapter(choice) ?? withoutCases(choice);
  const { id } = choice;
  const adapter = ADAPTERS.find((candidate) => candidate.id === id);
  if (adapter === undefined)
    throw new DataError(`no adapter reads ${id}`, `there is ${ADAPTERS.map((a) => a.id).join(", ")}`);
  return adapter;
}

/** A plug-in's, where it is not loaded: its images are decoded as any others are. */
function withoutCases({ id, plugin }: Choice): DatasetAdapter {
  const missing = new DataError(
    `plug-in ${plugin?.name ?? ""}, which reads ${id}, is not loaded`,
    "name it in xfer.config.json",
  );
  return { id, reads: "files", index: () => Promise.reject(missing), decode: decodeFiles };
}
