import { CALLED, metric } from "./metric.js";

export const ppv = metric({
  id: "ppv",
  doc: "Positive predictive value, or precision: share of what is called positive (the second class) that is. Mean over labels for several labels.",
  tasks: CALLED,
  reads: "classes",
  ofPositive: true,
  threshold: true,
  undefinedWhen:
    "Nothing is called positive; such a label is left out of the mean, which says so (scikit-learn warns and counts 0).",
  source: "scikit-learn's precision_score.",
  aliases: ["precision"],
});
