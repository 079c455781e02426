import { metric, ONE_CLASS } from "./metric.js";

export const rocAucOvo = metric({
  id: "roc_auc_ovo",
  doc: "Area under the ROC curve, mean over pairs of classes; of the second class for two classes.",
  tasks: ONE_CLASS,
  reads: "probabilities",
  undefinedWhen:
    "There are no positives or no negatives; a pair one of whose classes does not occur is left out of the mean, which says so.",
  source: 'Hand and Till 2001; scikit-learn\'s roc_auc_score, multi_class="ovo".',
});
