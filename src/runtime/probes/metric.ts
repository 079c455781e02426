/** Metrics of the catalogue on predictions. */

import { type Matrix, metrics } from "../../analysis/index.js";
import { entry } from "../../catalog/index.js";
import { portableExp } from "../random/elementary.js";

export interface Predictions {
  readonly images: number;
  readonly classes: number;
  /** [images, classes]: probabilities, or votes that sum to 1. */
  readonly probabilities: Float64Array;
  /** [images] class indices, or [images, classes] zeros and ones. */
  readonly labels: Int32Array;
  readonly several: boolean;
}

/** `threshold`: of the probability of the second class, for metrics that have one. */
type Score = (predictions: Predictions, threshold?: number) => number;

const byClass =
  (metric: (y: ArrayLike<number>, predicted: ArrayLike<number>) => number): Score =>
  (predictions) =>
    metric(predictions.labels, likeliest(predictions));
const byScore =
  (metric: (y: ArrayLike<number> | Matrix, scores: Matrix) => number): Score =>
  (predictions) =>
    metric(truth(predictions), matrix(predictions, predictions.probabilities));

const atThreshold =
  (metric: (y: ArrayLike<number>, scores: ArrayLike<number>, threshold?: number) => number): Score =>
  (predictions, threshold) =>
    metric(predictions.labels, ofSecondClass(predictions), threshold);

/** By catalogue id; a test holds the two lists equal. */
export const METRICS: { readonly [id: string]: Score } = {
  top1: byClass(metrics.accuracy),
  balanced_accuracy: byClass(metrics.balancedAccuracy),
  macro_recall: byClass(metrics.macroRecall),
  macro_precision: byClass(metrics.macroPrecision),
  macro_f1: (predictions) =>
    predictions.several
      ? metrics.macroF1(
          truth(predictions),
          matrix(
            predictions,
            predictions.probabilities.map((p) => (p > 0.5 ? 1 : 0)),
          ),
        )
      : metrics.macroF1(predictions.labels, likeliest(predictions)),
  kappa: byClass(metrics.kappa),
  quadratic_kappa: byClass(metrics.quadraticKappa),
  roc_auc: byScore((y, scores) => metrics.rocAuc(y, scores)),
  average_precision: byScore(metrics.averagePrecision),
  sensitivity: atThreshold(metrics.sensitivity),
  specificity: atThreshold(metrics.specificity),
  log_loss: byScore(metrics.logLoss),
};

/** NaN where the labels leave the metric undefined. */
export function score(metric: string, predictions: Predictions, threshold?: number): number {
  const id = entry("metric", metric)?.id ?? metric;
  const compute = METRICS[id];
  if (compute === undefined) throw new Error(`no metric ${metric}; there is ${Object.keys(METRICS).join(", ")}`);
  return compute(predictions, threshold);
}

/** Youden's; NaN where one class is all there is. */
export function chooseThreshold(predictions: Predictions): number {
  return metrics.youden(predictions.labels, ofSecondClass(predictions));
}

/** Some of the cases, as often and in the order asked for. */
export function selectCases(predictions: Predictions, cases: readonly number[]): Predictions {
  const { classes, several } = predictions;
  const width = several ? classes : 1;
  const probabilities = new Float64Array(cases.length * classes);
  const labels = new Int32Array(cases.length * width);
  cases.forEach((place, i) => {
    const row = predictions.probabilities.subarray(place * classes, (place + 1) * classes);
    probabilities.set(row, i * classes);
    labels.set(predictions.labels.subarray(place * width, (place + 1) * width), i * width);
  });
  return { images: cases.length, classes, probabilities, labels, several };
}

function ofSecondClass({ images, classes, probabilities }: Predictions): Float64Array {
  return Float64Array.from({ length: images }, (_, i) => probabilities[i * classes + 1] as number);
}

export function directionOf(metric: string): "max" | "min" {
  return entry("metric", metric)?.direction ?? "max";
}

/** Softmax over classes that exclude each other, sigmoid for several labels. */
export function predictionsOf(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  task: "multiclass" | "binary" | "multilabel",
): Predictions {
  const images = logits.length / classes;
  const several = task === "multilabel";
  const probabilities = several ? Float64Array.from(logits, sigmoid) : softmaxRows(logits, classes);
  return { images, classes, probabilities, labels, several };
}

function softmaxRows(logits: Float32Array, classes: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const highest = Math.max(...row);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const value = portableExp(Math.max((row[c] as number) - highest, -700));
      out[start + c] = value;
      sum += value;
    }
    for (let c = 0; c < classes; c++) out[start + c] = (out[start + c] as number) / sum;
  }
  return out;
}

function sigmoid(x: number): number {
  const small = portableExp(-Math.min(Math.abs(x), 700));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}

function likeliest({ images, classes, probabilities }: Predictions): Int32Array {
  const out = new Int32Array(images);
  for (let i = 0; i < images; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((probabilities[i * classes + c] as number) > (probabilities[i * classes + best] as number)) best = c;
    }
    out[i] = best;
  }
  return out;
}

function truth(predictions: Predictions): ArrayLike<number> | Matrix {
  return predictions.several ? matrix(predictions, predictions.labels) : predictions.labels;
}

function matrix({ images, classes }: Predictions, data: ArrayLike<number>): Matrix {
  return { data, shape: [images, classes] };
}
