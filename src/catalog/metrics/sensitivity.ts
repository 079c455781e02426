import { CALLED, metric } from "./metric.js";

export const sensitivity = metric({
  id: "sensitivity",
  doc: "Share of the positives (the second class) that are called positive: the likelier class, or where the probability is at least the threshold. Mean over labels for several labels.",
  tasks: CALLED,
  reads: "classes",
  ofPositive: true,
  threshold: true,
  undefinedWhen:
    "There are no positives; such a label is left out of the mean, which says so (scikit-learn warns and counts 0).",
  source: "scikit-learn's recall_score.",
});
