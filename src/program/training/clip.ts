/** Gradient clipping, as `torch.nn.utils.clip_grad_norm_` has it. */

import type { Builder } from "../builder.js";
import type { Value } from "../types.js";

/** min(1, limit / (norm + 1e-6)) */
export function clipFactor(b: Builder, norm: Value, limit: number): Value {
  return b.minimum(b.scalar(1), b.div(b.scalar(limit), b.add(norm, b.scalar(1e-6))));
}
