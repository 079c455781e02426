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
    by: {
      type: "string",
      refers: "column",
      description:
        "Columns of the data set: a number for each of their groups, as the axes `attribute` and `group`. `class` is each class, or each label, against the rest.",
    },
    min_cases: {
      type: "integer",
      minimum: 1,
      maximum: 1000000,
      default: 10,
      unit: "count",
      description:
        "Groups of fewer cases are left out, and said to be: their numbers would be noise, and near a patient's.",
    },
    threshold: {
      type: "string",
      refers: "threshold",
      description:
        "Of metrics that have one: a probability (the likelier of two classes where nothing is said), `youden(on: val)`, the one with the greatest sensitivity + specificity there, or `sensitivity(95%, on: val)` and `specificity(95%, on: val)`, the one that just reaches so much there.",
    },
    ci: {
      type: "string",
      refers: "interval",
      description:
        "`bootstrap(2000, by: patient)`: a 95 % interval over resamples of cases, or of whole patients; `method: bca` corrects its ends for bias and skewness.",
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
