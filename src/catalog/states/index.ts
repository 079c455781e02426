/** States made of states: `lerp(initial, selected, 0.5)`. Rules by part (`S with { … }`) are the language's own. */

import type { StateEntry } from "../types.js";

const lerp = {
  kind: "state",
  id: "lerp",
  version: 1,
  doc: "The state between two: (1 − t)·a + t·b for every tensor, worked out in double precision and rounded once. At 0 it is `a`, at 1 it is `b`, bit for bit and under their own keys. Counters are those of the nearer state. Along such a path Neyshabur et al. (2020, arXiv:2008.11687) look for a barrier.",
  parameters: {
    a: { type: "string", refers: "state", description: "The state at 0." },
    b: { type: "string", refers: "state", description: "The state at 1." },
    t: { type: "number", minimum: 0, maximum: 1, unit: "fraction", description: "How far from `a` to `b`." },
    batchnorm: {
      type: "string",
      enum: ["interpolate", "keep", "recompute"],
      default: "interpolate",
      description:
        "Running statistics: between the two like every tensor; `a`'s own; or estimated anew over the training images by `update_batchnorm`, at 0 and 1 too, so that a whole path is estimated alike.",
    },
  },
  required: ["a", "b", "t"],
  positional: ["a", "b", "t"],
  states: ["a", "b"],
  same: [
    { when: { t: 0 }, state: "a" },
    { when: { t: 1, batchnorm: "interpolate" }, state: "b" },
  ],
  means: { batchnorm: { recompute: "update_batchnorm" } },
} as const satisfies StateEntry;

const updateBatchnorm = {
  kind: "state",
  id: "update_batchnorm",
  version: 1,
  doc: "The state with the running statistics of its batch norms estimated anew: the plain mean over the batches of one epoch of training images, without augmentation, of each batch's mean and unbiased variance, as `torch.optim.swa_utils.update_bn` has it. Batches are of the recipe's size, in an order that is drawn once a seed; a last one of fewer images counts as one. A state of a model without batch norm is itself.",
  parameters: {
    of: { type: "string", refers: "state", description: "The state." },
  },
  required: ["of"],
  positional: ["of"],
  states: ["of"],
  images: { train: "train" },
  draws: "order",
  changes: "running-mean",
} as const satisfies StateEntry;

export const STATES = [lerp, updateBatchnorm] as const;

/** Functions of states, each with a node of its own, `state.ID`. */
export type StateId = (typeof STATES)[number]["id"];
