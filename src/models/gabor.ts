import type { TensorInfo } from "./types.js";

/** Whether a tensor is a convolution wide enough for a wave: `random(gabor)` fills these and no others. */
export function takesGabor({ role, shape }: Pick<TensorInfo, "role" | "shape">): boolean {
  return role === "conv" && shape.length === 4 && (shape[2] ?? 0) >= 3 && (shape[3] ?? 0) >= 3;
}
