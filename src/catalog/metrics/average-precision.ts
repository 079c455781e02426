import { ANY, metric } from "./metric.js";

export const averagePrecision = metric({
  id: "average_precision",
  doc: "Area under the precision-recall curve as a sum of steps: of the second class for two classes, mean over classes or labels for more.",
  tasks: ANY,
  reads: "probabilities",
  ofPositive: true,
  undefinedWhen:
    "There are no positives; such a class or label is left out of a mean, which says so (scikit-learn warns and counts 0).",
  source: 'scikit-learn\'s average_precision_score, average="macro".',
});
