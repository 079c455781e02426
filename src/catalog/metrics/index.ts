import type { MetricEntry, Task } from "../types.js";

const single: readonly Task[] = ["multiclass", "binary"];

function metric(
  id: string,
  doc: string,
  tasks: readonly Task[],
  more: Partial<Pick<MetricEntry, "direction" | "range" | "aliases" | "threshold">> = {},
): MetricEntry {
  return { kind: "metric", id, version: 1, doc, parameters: {}, tasks, direction: "max", range: [0, 1], ...more };
}

export const METRICS = [
  metric("top1", "Share of images whose likeliest class is the right one.", single, { aliases: ["accuracy"] }),
  metric("balanced_accuracy", "Mean of the classes' recalls over the classes that occur.", single),
  metric(
    "macro_recall",
    "Mean of the classes' recalls; the same number as `balanced_accuracy`, under the field's name.",
    single,
  ),
  metric("macro_precision", "Mean of the classes' precisions; 0 for a class never predicted.", single),
  metric("macro_f1", "Mean of the classes' F1.", [...single, "multilabel"]),
  metric("kappa", "Cohen's kappa: agreement beyond chance.", single, { range: [-1, 1] }),
  metric("quadratic_kappa", "Cohen's kappa with quadratic weights, for ordered classes.", single, { range: [-1, 1] }),
  metric(
    "roc_auc",
    "Area under the ROC curve: of the second class for two classes, mean of one against the rest for more, mean over labels for several labels.",
    [...single, "multilabel"],
  ),
  metric(
    "average_precision",
    "Area under the precision-recall curve as scikit-learn sums it; mean over classes or labels.",
    [...single, "multilabel"],
  ),
  metric(
    "sensitivity",
    "Share of the positive cases (of the second class) that are predicted positive: their probability is the threshold or more.",
    ["binary"],
    { threshold: true },
  ),
  metric(
    "specificity",
    "Share of the negative cases (of the first class) that are predicted negative: the probability of the second is below the threshold.",
    ["binary"],
    { threshold: true },
  ),
  metric("log_loss", "Mean negative log-likelihood, nats; less is better.", [...single, "multilabel"], {
    direction: "min",
    range: [0, null],
  }),
] as const;
