import { ANY, metric } from "./metric.js";

export const macroF1 = metric({
  id: "macro_f1",
  doc: "Mean of the classes' F1 over the classes that occur or are predicted; over all labels for several labels, 0 for one that neither occurs nor is predicted.",
  tasks: ANY,
  reads: "classes",
  threshold: true,
  undefinedWhen: "Never, given an image.",
  source: 'scikit-learn\'s f1_score, average="macro", zero_division=0.',
});
