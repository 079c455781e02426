import type { ProbeEntry } from "../types.js";

export const capacity = {
  kind: "probe",
  id: "capacity",
  version: 1,
  doc: "How large the cell's model is, for the horizontal axis of what grows with it. Read off the traced model; nothing is run.",
  parameters: {
    count: {
      type: "string",
      enum: ["parameters", "backbone", "flops"],
      default: "parameters",
      description:
        "`parameters`: weights an optimizer trains, with the head; `backbone`: without it; `flops`: floating-point operations of one image's forward pass, two a multiply-add.",
    },
  },
  positional: ["count"],
  states: [],
  split: null,
  inner: [],
  metric: "none",
  range: [0, null],
  estimator: ["count"],
  reads: { kind: "inputs", states: {}, images: {}, taps: "none" },
  cost: { passes: 0 },
} as const satisfies ProbeEntry;
