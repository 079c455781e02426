import { ANY, metric } from "./metric.js";

export const logLoss = metric({
  id: "log_loss",
  doc: "Mean negative log-likelihood, nats; less is better. The mean over labels for several labels. Probabilities are kept 2^-52 away from 0 and 1. It is the loss that training minimizes, without what a recipe lays over it (smoothing, class weights, mixed images), hence its second name: `best(loss, on: val)`.",
  aliases: ["loss"],
  tasks: ANY,
  reads: "probabilities",
  undefinedWhen: "Never, given an image.",
  source: "scikit-learn's log_loss.",
  direction: "min",
  range: [0, null],
});
