import { ANY, metric } from "./metric.js";

export const rocAuc = metric({
  id: "roc_auc",
  doc: "Area under the ROC curve, equal scores counting half: of the second class for two classes, mean of one against the rest for more, mean over labels for several labels.",
  tasks: ANY,
  reads: "probabilities",
  undefinedWhen:
    "There are no positives or no negatives; such a class or label is left out of a mean, which says so, and the mean is undefined when none is left.",
  source:
    'scikit-learn\'s roc_auc_score, average="macro", multi_class="ovr" (NaN with a warning where one is left out here).',
});
