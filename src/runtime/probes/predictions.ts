/** What a state said of images, beside what is true. */

import type { Matrix } from "../../analysis/metrics/types.js";
import type { Task } from "../../catalog/types.js";
import { portableExp } from "../random/elementary.js";

export interface Predictions {
  readonly images: number;
  readonly classes: number;
  /** [images, classes]: probabilities, or votes that sum to 1. */
  readonly probabilities: Float64Array;
  /** [images] class indices, or [images, classes] zeros and ones; −1 where a label is not known. */
  readonly labels: Int32Array;
  readonly several: boolean;
}

/** Softmax over classes that exclude each other, sigmoid for several labels. */
export function predictionsOf(logits: Float32Array, labels: Int32Array, classes: number, task: Task): Predictions {
  const images = logits.length / classes;
  const several = task === "multilabel";
  const probabilities = several ? Float64Array.from(logits, sigmoid) : softmaxRows(logits, classes);
  return { images, classes, probabilities, labels, several };
}

/** Those images alone, in that order: a subgroup's. @throws RangeError for an image that is not there */
export function rowsOf(predictions: Predictions, rows: ArrayLike<number>): Predictions {
  const { classes, probabilities, labels, several, images } = predictions;
  const width = several ? classes : 1;
  const chosen = new Float64Array(rows.length * classes);
  const truths = new Int32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (!Number.isInteger(row) || row < 0 || row >= images) throw new RangeError(`there is no image ${row}`);
    chosen.set(probabilities.subarray(row * classes, (row + 1) * classes), i * classes);
    truths.set(labels.subarray(row * width, (row + 1) * width), i * width);
  }
  return { images: rows.length, classes, probabilities: chosen, labels: truths, several };
}

/**
 * A probability at least which a case is called positive: one for the second of two classes; for several labels one for
 * all or one a label.
 */
export type Thresholds = readonly number[];

/** The likeliest class of each image, the first of equals; of two classes by a threshold where there is one. */
export function classesOf(predictions: Predictions, thresholds?: Thresholds): Int32Array {
  const { images, classes, probabilities } = predictions;
  const out = new Int32Array(images);
  const [threshold] = thresholds ?? [];
  for (let i = 0; i < images; i++) {
    if (threshold !== undefined) {
      out[i] = (probabilities[i * classes + 1] as number) >= threshold ? 1 : 0;
      continue;
    }
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((probabilities[i * classes + c] as number) > (probabilities[i * classes + best] as number)) best = c;
    }
    out[i] = best;
  }
  return out;
}

export function truthOf(predictions: Predictions): ArrayLike<number> | Matrix {
  return predictions.several ? matrixOf(predictions, predictions.labels) : predictions.labels;
}

export function matrixOf({ images, classes }: Predictions, data: ArrayLike<number>): Matrix {
  return { data, shape: [images, classes] };
}

export function softmaxRows(logits: Float32Array, classes: number): Float64Array {
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
