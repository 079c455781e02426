import { DataError, type DatasetAdapter } from "../types.js";
import { idx } from "./idx.js";
import { imageCsv } from "./image-csv.js";
import { imageFolder } from "./image-folder.js";

/** One an entry of the catalogue; a test holds the two lists equal. */
export const ADAPTERS: readonly DatasetAdapter[] = [idx, imageCsv, imageFolder];

export function adapterOf(id: string): DatasetAdapter {
  const adapter = ADAPTERS.find((candidate) => candidate.id === id);
  if (adapter === undefined)
    throw new DataError(`no adapter reads ${id}`, `there is ${ADAPTERS.map((a) => a.id).join(", ")}`);
  return adapter;
}
