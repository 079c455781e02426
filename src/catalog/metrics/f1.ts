import { CALLED, metric } from "./metric.js";

export const f1 = metric({
  id: "f1",
  doc: "F1 of the positives (the second class): the harmonic mean of their sensitivity and positive predictive value. Mean over labels for several labels.",
  tasks: CALLED,
  reads: "classes",
  ofPositive: true,
  threshold: true,
  undefinedWhen:
    "There are no positives, and nothing is called so; such a label is left out of the mean, which says so (scikit-learn warns and counts 0, as `macro_f1` does).",
  source: "scikit-learn's f1_score.",
});
