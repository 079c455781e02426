/** Versions of the operations. Raise one only when its numbers change; docs/decisions/op-versions.md has the rule. */

import type { OpName } from "./types.js";

export const OP_VERSIONS: { readonly [K in OpName]: number } = {
  "dataset.index": 2,
  "dataset.prepare": 2,
  "dataset.view": 1,
  "weights.import": 1,
  init: 1,
  train: 1,
  predict: 1,
  score: 1,
  "probe.cka": 1,
  "probe.knn": 1,
  "probe.l2": 1,
  "test.cases": 1,
  "probe.history": 1,
};
