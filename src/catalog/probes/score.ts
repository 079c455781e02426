import type { ProbeEntry } from "../types.js";

export const score: ProbeEntry = {
  kind: "probe",
  id: "score",
  version: 1,
  doc: "A metric of the state's predictions.",
  parameters: {
    metric: { type: "string", refers: "metric", description: "A metric, or `target.metric`." },
    of: { type: "string", refers: "state", default: "selected", description: "The state that predicts." },
    on: {
      type: "string",
      refers: "split",
      default: "test",
      description: "The split it predicts on, or a list of them.",
    },
  },
  required: ["metric"],
  positional: ["metric"],
  states: [{ name: "of", default: "selected" }],
  split: "test",
  inner: [],
  metric: "required",
  estimator: [],
  reads: { kind: "predictions" },
  cost: { passes: 1 },
};
