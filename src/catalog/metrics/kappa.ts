import { metric, ONE_CLASS } from "./metric.js";

export const kappa = metric({
  id: "kappa",
  doc: "Cohen's kappa: agreement beyond chance.",
  tasks: ONE_CLASS,
  reads: "classes",
  threshold: true,
  undefinedWhen: "One class is all that occurs and is predicted.",
  source: "Cohen 1960; scikit-learn's cohen_kappa_score.",
  range: [-1, 1],
});
