import { metric, ONE_CLASS } from "./metric.js";

export const balancedAccuracy = metric({
  id: "balanced_accuracy",
  doc: "Mean of the classes' recalls over the classes that occur.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "Never, given an image.",
  source: "Brodersen et al. 2010; scikit-learn's balanced_accuracy_score.",
});
