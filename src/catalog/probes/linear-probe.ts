import type { ProbeEntry } from "../types.js";
import { FEATURES, LAYERS_BY_BANK, METRIC, STATE } from "./shared.js";

export const linearProbe = {
  kind: "probe",
  id: "linear_probe",
  version: 1,
  doc: "How well a linear classifier on each layer's features tells the class: logistic regression (softmax, or one a label where an image has several) fitted on the bank by L-BFGS, scored by the metric (Alain and Bengio 2016, arXiv:1610.01644). Adds the axis `layer`.",
  parameters: {
    state: STATE,
    l2: {
      type: "number",
      minimum: 0,
      maximum: 1e6,
      default: 1e-3,
      description:
        "Half of it times the squared length of the weights is added to the mean loss; C = 1 / (l2 · images).",
    },
    standardize: {
      type: "boolean",
      default: true,
      description: "Each feature less its mean over the bank, divided by its standard deviation there.",
    },
    features: FEATURES,
    bank: {
      type: "string",
      refers: "split",
      default: "train",
      description: "The split it is fitted on, under test-time transforms.",
    },
    metric: METRIC,
    on: { type: "string", refers: "split", default: "test", description: "The split that is classified." },
  },
  ...LAYERS_BY_BANK,
  estimator: ["l2", "standardize", "features"],
  cost: { passes: 1, arithmetic: "regression" },
} as const satisfies ProbeEntry;
