import type { CatalogEntry } from "../types.js";
import { PATH, TRUST } from "./shared.js";

export const idx: CatalogEntry = {
  kind: "dataset",
  id: "idx",
  version: 1,
  doc: "A folder of IDX files, as MNIST has them: `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz`, the same with `val-` where there is a validation split, and with `test-` or `t10k-`. `classes.txt` (one name a line) is optional. Images are [N, height, width] grey or [N, height, width, 3] RGB bytes; gzip is optional.",
  parameters: { path: PATH, ...TRUST },
  required: ["path"],
  positional: ["path"],
};
