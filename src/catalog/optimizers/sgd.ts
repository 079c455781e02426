import type { CatalogEntry } from "../types.js";

export const sgd: CatalogEntry = {
  kind: "optimizer",
  id: "sgd",
  version: 1,
  doc: "Stochastic gradient descent with torch's momentum; biases and one-dimensional tensors are not decayed.",
  parameters: {
    lr: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 0.01,
      description: "Learning rate, before the schedule.",
    },
    momentum: { type: "number", minimum: 0, exclusiveMaximum: 1, default: 0, description: "Decay of the velocity." },
    nesterov: { type: "boolean", default: false, description: "Look ahead along the velocity; needs momentum." },
    l2: { type: "number", minimum: 0, maximum: 100, default: 0, description: "L2 penalty added to the gradient." },
  },
};
