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
      enum: ["corrected", "as_published"],
      default: "corrected",
      description:
        "`corrected`: over the layer's own tensors, norms excluded; `as_published`: over those of the whole state, so that every layer reports the same number, as published code does.",
    },
    distance: {
      type: "string",
      enum: ["per_weight", "raw", "relative"],
      default: "per_weight",
      description:
        "`per_weight`: the mean over tensors of ‖Δw‖ / number of weights; `raw`: the mean of ‖Δw‖; `relative`: ‖Δw‖ / ‖w‖ over all of them together, w in the first state.",
    },
  },
  required: ["first", "second"],
  positional: ["first", "second"],
  states: [{ name: "first" }, { name: "second" }],
  split: null,
  inner: ["layer"],
  metric: "none",
  range: [0, null],
  estimator: [],
  estimatorUnlessDefault: ["distance"],
  reads: { kind: "inputs", states: { a: "first", b: "second" }, images: {}, taps: "none" },
  cost: { passes: 0 },
} as const satisfies ProbeEntry;
