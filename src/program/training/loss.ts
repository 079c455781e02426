/** Losses, as one number averaged the way PyTorch does by default. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

/** Softmax cross-entropy, mean over images. `logits` [N, classes]; `labels` i32 [N]. */
export function crossEntropy(b: Builder, logits: Value, labels: Value): Value {
  const classes = extentOf(logits.shape, 1);
  const chosen = b.sum(b.mul(b.logSoftmax(logits), b.oneHot(labels, classes)), { axes: [1] });
  return b.neg(b.mean(chosen));
}

/**
 * Sigmoid cross-entropy, mean over images and labels. `logits` and `targets` (0 … 1) [N, L]. A target of −1 is not known:
 * it adds nothing to the sum and has no gradient, and is counted in the mean (as PyTorch's `weight=` of 0).
 * Written as a softmax over {x, 0}: as stable as PyTorch's, and its gradient is exact at x = 0 too.
 */
export function binaryCrossEntropy(b: Builder, logits: Value, targets: Value): Value {
  const shape = [...logits.shape, 1];
  const column = (value: Value) => b.reshape(value, shape);
  const pairs = b.logSoftmax(b.concat([column(logits), b.filled(0, shape)], 2));
  const positive = b.maximum(targets, b.scalar(0));
  const negative = b.sub(b.scalar(1), b.maximum(targets, b.neg(targets)));
  const weights = b.concat([column(positive), column(negative)], 2);
  return b.neg(b.mean(b.sum(b.mul(pairs, weights), { axes: [2] })));
}
