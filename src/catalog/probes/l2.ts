import type { ProbeEntry } from "../types.js";

export const l2 = {
  kind: "probe",
  id: "l2",
  version: 1,
  doc: "How far each layer's weights are apart in two states. Adds the axis `layer`; layers without weights of their own have no row.",
  parameters: {
    first: { type: "string", refers: "state", description: "One state." },
    second: { type: "string", refers: "state", description: "The other." },
    estimator: {
      type: "string",
      enum: ["corrected"],
      default: "corrected",
      description: "Mean over the layer's own tensors of ‖Δw‖ / number of weights, norms excluded.",
    },
  },
  required: ["first", "second"],
  positional: ["first", "second"],
  states: [{ name: "first" }, { name: "second" }],
  split: null,
  inner: ["layer"],
  metric: "none",
  estimator: [],
  reads: { kind: "inputs", states: { a: "first", b: "second" }, images: {}, taps: "none" },
  cost: { passes: 0 },
} as const satisfies ProbeEntry;
