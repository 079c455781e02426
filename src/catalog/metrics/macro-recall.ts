import { metric, ONE_CLASS } from "./metric.js";

export const macroRecall = metric({
  id: "macro_recall",
  version: 2,
  doc: "Mean of the classes' recalls over the classes that occur or are predicted; 0 for a class that is predicted and never occurs.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "Never, given an image.",
  source: "scikit-learn's recall_score, average=\"macro\", zero_division=0; torchmetrics' recall.",
});
