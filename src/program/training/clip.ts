/** Gradient norm and clipping, as `torch.nn.utils.clip_grad_norm_` has them. */

import type { Builder } from "../builder.js";
import type { Value } from "../types.js";

/** √ of the sum of all squares. */
export function globalNorm(b: Builder, gradients: readonly Value[]): Value {
  return b.sqrt(b.sumSquares(gradients));
}

/** min(1, limit / (norm + 1e-6)) */
export function clipFactor(b: Builder, norm: Value, limit: number): Value {
  return b.minimum(b.scalar(1), b.div(b.scalar(limit), b.add(norm, b.scalar(1e-6))));
}
