import { metric, ONE_CLASS } from "./metric.js";

export const quadraticKappa = metric({
  id: "quadratic_kappa",
  doc: "Cohen's kappa with quadratic weights, for ordered classes; a class that does not occur keeps its place in the order.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "One class is all that occurs and is predicted.",
  source: 'Cohen 1968; scikit-learn\'s cohen_kappa_score, weights="quadratic", all labels given.',
  range: [-1, 1],
});
