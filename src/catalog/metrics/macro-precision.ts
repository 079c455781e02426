import { metric, ONE_CLASS } from "./metric.js";

export const macroPrecision = metric({
  id: "macro_precision",
  doc: "Mean of the classes' precisions over the classes that occur or are predicted; 0 for a class never predicted.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "Never, given an image.",
  source: 'scikit-learn\'s precision_score, average="macro", zero_division=0.',
});
