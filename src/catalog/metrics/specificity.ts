import { CALLED, metric } from "./metric.js";

export const specificity = metric({
  id: "specificity",
  doc: "Share of the negatives (the first class) that are not called positive: the likelier class, or where the probability is below the threshold. Mean over labels for several labels.",
  tasks: CALLED,
  reads: "classes",
  ofPositive: true,
  threshold: true,
  undefinedWhen: "There are no negatives; such a label is left out of the mean, which says so.",
  source: "torchmetrics' specificity; scikit-learn's recall_score with pos_label=0.",
});
