import type { CatalogEntry, ParameterSchema } from "../types.js";

const rate: ParameterSchema = {
  type: "number",
  exclusiveMinimum: 0,
  maximum: 100,
  default: 0.001,
  description: "Learning rate, before the schedule.",
};
const moments: { readonly [name: string]: ParameterSchema } = {
  beta1: { type: "number", minimum: 0, exclusiveMaximum: 1, default: 0.9, description: "Decay of the first moment." },
  beta2: {
    type: "number",
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.999,
    description: "Decay of the second moment.",
  },
  eps: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1e-8,
    description: "Added to the root of the second moment.",
  },
};

export const adam: CatalogEntry = {
  kind: "optimizer",
  id: "adam",
  version: 1,
  doc: "Adam with torch's semantics: `l2` is added to the gradient, not decoupled; biases and one-dimensional tensors are not decayed.",
  parameters: {
    lr: rate,
    l2: { type: "number", minimum: 0, maximum: 100, default: 0, description: "L2 penalty added to the gradient." },
    ...moments,
  },
};

export const adamw: CatalogEntry = {
  kind: "optimizer",
  id: "adamw",
  version: 1,
  doc: "AdamW (Loshchilov and Hutter 2019): decay decoupled from the gradient and scaled by the learning rate; biases and one-dimensional tensors are not decayed.",
  parameters: {
    lr: rate,
    weight_decay: { type: "number", minimum: 0, maximum: 100, default: 0.01, description: "Decoupled decay." },
    ...moments,
  },
};
