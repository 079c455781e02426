/** Metrics of the catalogue on predictions. */

import { metrics } from "../../analysis/index.js";
import { type CaseMetric, type LeftOut, type Measured, numberOf } from "../../analysis/metrics/measured.js";
import type { Labels, Matrix } from "../../analysis/metrics/types.js";
import { entry } from "../../catalog/index.js";
import { classesOf, matrixOf, type Predictions, type Thresholds, truthOf } from "./predictions.js";

export { type Predictions, predictionsOf, rowsOf, type Thresholds } from "./predictions.js";

type OfPredictions = (predictions: Predictions, thresholds?: Thresholds) => CaseMetric;

const byClass =
  (metric: (y: Labels, predicted: Labels) => CaseMetric): OfPredictions =>
  (predictions, thresholds) =>
    metric(predictions.labels, classesOf(predictions, thresholds));
const byCall =
  (metric: (y: Labels | Matrix, called: Labels | Matrix) => CaseMetric): OfPredictions =>
  (predictions, thresholds) =>
    metric(
      truthOf(predictions),
      predictions.several ? labelsOf(predictions, thresholds) : classesOf(predictions, thresholds),
    );
const byScore =
  (metric: (y: Labels | Matrix, scores: Matrix) => CaseMetric): OfPredictions =>
  (predictions) =>
    metric(truthOf(predictions), matrixOf(predictions, predictions.probabilities));

/** Metrics beside the built-in ones: those of plug-ins. */
export interface PluginMetrics {
  metric(id: string): { readonly of: OfPredictions; readonly direction: "max" | "min" } | undefined;
}

/** By catalogue id; a test holds the two lists equal. */
export const METRICS: { readonly [id: string]: OfPredictions } = {
  top1: byClass(metrics.accuracyMetric),
  balanced_accuracy: byClass(metrics.balancedAccuracyMetric),
  macro_recall: byClass(metrics.macroRecallMetric),
  macro_precision: byClass(metrics.macroPrecisionMetric),
  macro_f1: byCall(metrics.macroF1Metric),
  kappa: byClass(metrics.kappaMetric),
  quadratic_kappa: byClass(metrics.quadraticKappaMetric),
  roc_auc: byScore(metrics.rocAucMetric),
  roc_auc_ovo: byScore((y, scores) => metrics.rocAucMetric(y, scores, { multiclass: "ovo" })),
  average_precision: byScore(metrics.averagePrecisionMetric),
  log_loss: byScore(metrics.logLossMetric),
  brier: byScore(metrics.brierMetric),
  ece: byScore(metrics.eceMetric),
  sensitivity: byCall(metrics.sensitivityMetric),
  specificity: byCall(metrics.specificityMetric),
  ppv: byCall(metrics.ppvMetric),
  npv: byCall(metrics.npvMetric),
  f1: byCall(metrics.f1Metric),
};

/**
 * A metric of these predictions, ready to be worked out on resamples of the images too.
 * @param thresholds what decides classes, for metrics that read classes of two classes or several labels
 * @throws Error for a metric that is not in the catalogue
 */
export function metricOf(
  metric: string,
  predictions: Predictions,
  thresholds?: Thresholds,
  plugins?: PluginMetrics,
): CaseMetric {
  const id = entry("metric", metric)?.id ?? metric;
  const prepare = METRICS[id] ?? plugins?.metric(id)?.of;
  if (prepare === undefined) throw new Error(`no metric ${metric}; there is ${Object.keys(METRICS).join(", ")}`);
  return prepare(predictions, thresholds);
}

export function measure(
  metric: string,
  predictions: Predictions,
  thresholds?: Thresholds,
  plugins?: PluginMetrics,
): Measured {
  return predictions.images === 0
    ? { kind: "undefined", reason: "there are no images" }
    : metricOf(metric, predictions, thresholds, plugins).measure();
}

/** NaN where the labels leave the metric undefined; `measure` says why. */
export function score(metric: string, predictions: Predictions, plugins?: PluginMetrics): number {
  return numberOf(measure(metric, predictions, undefined, plugins));
}

export function directionOf(metric: string, plugins?: PluginMetrics): "max" | "min" {
  return entry("metric", metric)?.direction ?? plugins?.metric(metric)?.direction ?? "max";
}

/** What should be said beside the number, if anything; the classes by their names where they are known. */
export function remarkOn(metric: string, measured: Measured, classes: readonly string[] = []): string | undefined {
  if (measured.kind === "undefined") return `${metric} has no value: ${measured.reason}`;
  if (measured.leftOut.length === 0) return undefined;
  const reasons = new Map<string, LeftOut[]>();
  for (const each of measured.leftOut) reasons.set(each.reason, [...(reasons.get(each.reason) ?? []), each]);
  const parts = [...reasons].map(([reason, left]) => `${list(left, classes)} (${reason})`);
  return `${metric} is a mean without ${parts.join(" and ")}`;
}

const MOST_NAMED = 8;

function list(left: readonly LeftOut[], classes: readonly string[]): string {
  const [first] = left;
  const name = (index: number) => classes[index] ?? String(index);
  const names = left
    .slice(0, MOST_NAMED)
    .map(({ index, other }) => (other === undefined ? name(index) : `${name(index)}/${name(other)}`));
  const more = left.length > MOST_NAMED ? ` and ${left.length - MOST_NAMED} more` : "";
  const plural = { class: "classes", label: "labels", pair: "pairs" } as const;
  const of = first?.of ?? "class";
  return `${left.length === 1 ? of : plural[of]} ${names.join(", ")}${more}`;
}

/** Zeros and ones; without a threshold where the probability is above a half. */
function labelsOf(predictions: Predictions, thresholds?: Thresholds): Matrix {
  const { probabilities } = predictions;
  if (thresholds !== undefined) return metrics.atThreshold(matrixOf(predictions, probabilities), thresholds);
  return matrixOf(
    predictions,
    Uint8Array.from(probabilities, (p) => (p > 0.5 ? 1 : 0)),
  );
}
