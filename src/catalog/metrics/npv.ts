import { CALLED, metric } from "./metric.js";

export const npv = metric({
  id: "npv",
  doc: "Negative predictive value: share of what is called negative (the first class) that is. Mean over labels for several labels.",
  tasks: CALLED,
  reads: "classes",
  ofPositive: true,
  threshold: true,
  undefinedWhen: "Nothing is called negative; such a label is left out of the mean, which says so.",
  source: "scikit-learn's precision_score with pos_label=0.",
});
