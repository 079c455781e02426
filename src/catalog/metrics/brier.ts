import { ANY, metric } from "./metric.js";

export const brier = metric({
  id: "brier",
  doc: "Brier score, less is better: mean square of probability minus truth, of the second class for two classes, summed over classes for more, mean over labels for several labels.",
  tasks: ANY,
  reads: "probabilities",
  undefinedWhen: "Never, given an image.",
  source: "Brier 1950; scikit-learn's brier_score_loss.",
  direction: "min",
  range: [0, 2],
});
