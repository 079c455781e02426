/** Tensors as the interpreter holds them: every number a float64, i32 values included. */

import { sizeOf, stridesOf } from "../shape.js";
import type { Shape, TensorData } from "../types.js";

export interface Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

export const zeros = (shape: Shape): Tensor => ({ shape, data: new Float64Array(sizeOf(shape)) });

export const widen = ({ shape, data }: TensorData): Tensor => ({ shape, data: new Float64Array(data) });

/**
 * Strides with which `from` is read to fill `to` row by row: 0 along axes that are repeated.
 * `from` must broadcast to `to`.
 */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const own = stridesOf(from);
  const added = to.length - from.length;
  return to.map((extent, axis) => {
    const source = axis - added;
    return source < 0 || (from[source] === 1 && extent !== 1) ? 0 : (own[source] ?? 0);
  });
}

/**
 * Offsets into a buffer read with the given strides, in row-major order of `shape`. The one place where tensors are
 * walked: transposes, slices, broadcasts and reductions differ in their strides alone.
 */
export function offsets(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  if (result.length === 0) return result;
  result[0] = start;
  let filled = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] ?? 1;
    const stride = strides[axis] ?? 0;
    for (let index = 1; index < extent; index++) {
      const shift = index * stride;
      const at = index * filled;
      for (let i = 0; i < filled; i++) result[at + i] = (result[i] ?? 0) + shift;
    }
    filled *= extent;
  }
  return result;
}

/** Elements of `source` picked by offset, in order. */
export function pick(source: Float64Array, at: Int32Array, shape: Shape): Tensor {
  const data = new Float64Array(at.length);
  for (let i = 0; i < at.length; i++) data[i] = source[at[i] ?? 0] ?? Number.NaN;
  return { shape, data };
}
