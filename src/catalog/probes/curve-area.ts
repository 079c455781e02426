import type { ProbeEntry } from "../types.js";

export const curveArea = {
  kind: "probe",
  id: "curve_area",
  version: 1,
  doc: "The mean height of the curve of checks: the area under it by trapezoids from the first check to the last, divided by the steps between them. High where a training is good early. Read off the history of training.",
  parameters: {
    metric: {
      type: "string",
      refers: "metric",
      description:
        "The metric of the recipe's checks, which is the one it selects by: another cannot be read off them.",
    },
    on: { type: "string", refers: "split", description: "The split of the recipe's checks." },
  },
  states: [],
  split: "val",
  inner: [],
  metric: "checked",
  estimator: [],
  reads: { kind: "history" },
  cost: { passes: 0 },
} as const satisfies ProbeEntry;
