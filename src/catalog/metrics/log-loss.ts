import { ANY, metric } from "./metric.js";

export const logLoss = metric({
  id: "log_loss",
  doc: "Mean negative log-likelihood, nats; less is better. The mean over labels for several labels. Probabilities are kept 2^-52 away from 0 and 1.",
  tasks: ANY,
  reads: "probabilities",
  undefinedWhen: "Never, given an image.",
  source: "scikit-learn's log_loss.",
  direction: "min",
  range: [0, null],
});
