import { ANY, metric } from "./metric.js";

export const ece = metric({
  id: "ece",
  doc: "Expected calibration error over 15 bins of equal width, less is better: of the second class's probability for two classes, of the likeliest class's for more, mean over labels for several labels.",
  tasks: ANY,
  reads: "probabilities",
  undefinedWhen: "Never, given an image.",
  source: 'Guo et al. 2017, arXiv:1706.04599; torchmetrics\' calibration_error, norm="l1".',
  direction: "min",
});
