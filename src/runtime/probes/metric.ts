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

type Score = (predictions: Predictions) => number;

const byClass =
  (metric: (y: ArrayLike<number>, predicted: ArrayLike<number>) => number): Score =>
  (predictions) =>
    metric(predictions.labels, likeliest(predictions));
const byScore =
  (metric: (y: ArrayLike<number> | Matrix, scores: Matrix) => number): Score =>
  (predictions) =>
    metric(truth(predictions), matrix(predictions, predictions.probabilities));

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
  log_loss: byScore(metrics.logLoss),
};

/** NaN where the labels leave the metric undefined. */
export function score(metric: string, predictions: Predictions): number {
  const id = entry("metric", metric)?.id ?? metric;
  const compute = METRICS[id];
  if (compute === undefined) throw new Error(`no metric ${metric}; there is ${Object.keys(METRICS).join(", ")}`);
  return compute(predictions);
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
