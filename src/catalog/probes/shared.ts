/** What several probes have alike: parameters, and how they read what they measure. */

import type { ParameterSchema } from "../types.js";

/** Which numbers of a layer stand for an image. */
export const FEATURES = {
  type: "string",
  enum: ["pooled", "cls", "patch"],
  default: "pooled",
  needs: { cls: "class-token" },
  description:
    "`pooled`: the mean over space or tokens; where there is a class token, it beside the mean of the patches. `cls`: the class token alone; `patch`: the mean of the patches alone. Layers without a class token give their mean.",
} as const satisfies ParameterSchema;

/** The one whose features are classified. */
export const STATE = {
  type: "string",
  refers: "state",
  default: "selected",
  description: "The state whose features are used.",
} as const satisfies ParameterSchema;

export const METRIC = {
  type: "string",
  refers: "metric",
  description: "A metric; `target.metric` when not written.",
} as const satisfies ParameterSchema;

/** Where a sample of images comes from. */
export const ON_TEST = {
  type: "string",
  refers: "split",
  default: "test",
  description: "The split the images come from.",
} as const satisfies ParameterSchema;

/** How large a sample is; the least and the most of it are each probe's own. */
export const SAMPLE = {
  type: "integer",
  unit: "images",
  description: "Size of the sample; all images where the split has fewer.",
} as const satisfies ParameterSchema;

export const TWO_STATES = {
  first: { type: "string", refers: "state", description: "A state; its layers are the axis `layer`." },
  second: {
    type: "string",
    refers: "state",
    description: "The state it is compared with; its layers are the axis `layer2`.",
  },
} as const satisfies { readonly [name: string]: ParameterSchema };

/** Every layer of one state with every layer of another. */
export const LAYERS_WITH_LAYERS = {
  required: ["first", "second"],
  positional: ["first", "second"],
  states: [{ name: "first" }, { name: "second" }],
  split: "test",
  inner: ["layer", "layer2"],
  innerOf: { layer: "first", layer2: "second" },
  metric: "none",
  reads: {
    kind: "inputs",
    states: { a: "first", b: "second" },
    images: { data: "on" },
    taps: "layers",
    given: true,
    draws: "images",
  },
} as const;

/** A split that is classified, layer by layer, from the features of another: the bank. */
export const LAYERS_BY_BANK = {
  positional: ["state"],
  states: [{ name: "state", default: "selected" }],
  split: "test",
  inner: ["layer"],
  metric: "target",
  reads: {
    kind: "inputs",
    states: { state: "state" },
    images: { bank: "bank", query: "on" },
    taps: "layers",
    given: true,
  },
} as const;

/** What is read off a training's checks is of their metric and split. */
export const OF_CHECKS = {
  metric: {
    type: "string",
    refers: "metric",
    description: "The metric of the recipe's checks, which is the one it selects by: another cannot be read off them.",
  },
  on: { type: "string", refers: "split", description: "The split of the recipe's checks." },
} as const satisfies { readonly [name: string]: ParameterSchema };

export const BY_HISTORY = {
  states: [],
  split: "val",
  inner: [],
  metric: "checked",
  reads: { kind: "history" },
  cost: { passes: 0 },
} as const;
