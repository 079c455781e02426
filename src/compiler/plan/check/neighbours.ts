/** k-NN cannot ask for more neighbours than its bank holds. */

import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { SplitName } from "../../study.js";
import { type LoweredDataset, splitImages } from "../lower/datasets.js";

export function checkNeighbours(
  k: number,
  dataset: LoweredDataset,
  bank: SplitName,
  location: Location,
): Diagnostic | undefined {
  const images = splitImages(dataset, bank);
  if (images === undefined || k <= images) return undefined;
  return diagnostic("neighbours-exceed-bank", { k, split: bank, dataset: dataset.spec.name, images }, location);
}
