/** Losses, as one number averaged the way PyTorch does by default. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

export interface LossOptions {
  /** Share of a label spread evenly over the classes. */
  readonly smoothing?: number;
  /** By class. */
  readonly weights?: readonly number[];
  /** By label, what its positives count; torch's `pos_weight`. */
  readonly positives?: readonly number[];
  /** Exponent of focal loss; absent: cross-entropy. */
  readonly gamma?: number;
}

/** Below this a probability of being wrong is not raised to a power: its gradient would be 0 · ∞. */
const LEAST = 1e-12;

/** x^gamma of numbers from 0 on. */
function power(b: Builder, x: Value, gamma: number): Value {
  return b.exp(b.scale(b.log(b.maximum(x, b.scalar(LEAST))), gamma));
}

/**
 * Softmax cross-entropy, mean over images. `logits` [N, classes]; `labels` i32 [N]. With weights and smoothing as torch's
 * `cross_entropy`: the mean is over the weights of the labels. With gamma each image counts by (1 − p)^gamma.
 */
export function crossEntropy(b: Builder, logits: Value, labels: Value, options: LossOptions = {}): Value {
  const { smoothing = 0, weights, gamma } = options;
  const classes = extentOf(logits.shape, 1);
  const log = b.logSoftmax(logits);
  const truth = b.oneHot(labels, classes);
  const own = b.sum(b.mul(log, truth), { axes: [1] });
  const focused = gamma === undefined ? own : b.mul(power(b, b.sub(b.scalar(1), b.exp(own)), gamma), own);
  if (weights === undefined && smoothing === 0) return b.neg(b.mean(focused));
  const table = weights && b.constant(Float32Array.from(weights), [classes]);
  const weight = table && b.sum(b.mul(truth, table), { axes: [1] });
  const meanOf = (values: Value, by: Value | undefined) =>
    weight === undefined
      ? b.mean(values)
      : b.div(b.sum(by === undefined ? values : b.mul(values, by)), b.maximum(b.sum(weight), b.scalar(LEAST)));
  const plain = meanOf(focused, weight);
  if (smoothing === 0) return b.neg(plain);
  const all = b.sum(table === undefined ? log : b.mul(log, table), { axes: [1] });
  return b.neg(b.add(b.scale(plain, 1 - smoothing), b.scale(meanOf(all, undefined), smoothing / classes)));
}

/** The same of labels that are shares of the classes, [N, classes]; torch's mean over images, weighted or not. */
export function softCrossEntropy(b: Builder, logits: Value, shares: Value, options: LossOptions = {}): Value {
  const { smoothing = 0, weights } = options;
  const classes = extentOf(logits.shape, 1);
  const smooth = smoothing === 0 ? shares : b.add(b.scale(shares, 1 - smoothing), b.scalar(smoothing / classes));
  const counted = weights === undefined ? smooth : b.mul(smooth, b.constant(Float32Array.from(weights), [classes]));
  return b.neg(b.mean(b.sum(b.mul(b.logSoftmax(logits), counted), { axes: [1] })));
}

/**
 * Sigmoid cross-entropy, mean over images and labels. `logits` and `targets` (0 … 1) [N, L]. A target of −1 is not known:
 * it adds nothing to the sum and has no gradient, and is counted in the mean (as PyTorch's `weight=` of 0).
 * Written as a softmax over {x, 0}: as stable as PyTorch's, and its gradient is exact at x = 0 too. With gamma each label
 * counts by how wrong it is to that power (torchvision's `sigmoid_focal_loss` without alpha).
 * With `positives` a label's positives count so much, and the mean is still over all, as torch's `BCEWithLogitsLoss`.
 */
export function binaryCrossEntropy(b: Builder, logits: Value, targets: Value, options: LossOptions = {}): Value {
  const { gamma, positives } = options;
  const shape = [...logits.shape, 1];
  const column = (value: Value) => b.reshape(value, shape);
  const pairs = b.logSoftmax(b.concat([column(logits), b.filled(0, shape)], 2));
  const there = b.maximum(targets, b.scalar(0));
  const table = positives && b.constant(Float32Array.from(positives), [positives.length]);
  const positive = table === undefined ? there : b.mul(there, table);
  const negative = b.sub(b.scalar(1), b.maximum(targets, b.neg(targets)));
  const weights = b.concat([column(positive), column(negative)], 2);
  if (gamma === undefined) return b.neg(b.mean(b.sum(b.mul(pairs, weights), { axes: [2] })));
  const wrong = power(b, b.sub(b.scalar(1), b.exp(pairs)), gamma);
  return b.neg(b.mean(b.sum(b.mul(b.mul(pairs, wrong), weights), { axes: [2] })));
}
