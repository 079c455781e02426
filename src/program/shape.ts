/** Arithmetic of shapes. */

import type { Shape } from "./types.js";

export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The extent of an axis; negative axes count from the end. */
export function extentOf(shape: Shape, axis: number): number {
  const extent = shape[axis < 0 ? shape.length + axis : axis];
  if (extent === undefined) throw new RangeError(`axis ${axis} of shape ${formatShape(shape)}`);
  return extent;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** The shape two operands broadcast to (NumPy's rule), or `undefined` where they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    result.push(left === 1 ? right : left);
  }
  return result;
}

/** Axes of `to` along which `from` was repeated when it was broadcast to `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const added = to.length - from.length;
  return to.flatMap((extent, axis) => (axis < added || (from[axis - added] === 1 && extent !== 1) ? [axis] : []));
}

/** `axes` without negatives, ascending. */
export function normalizeAxes(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** Whether axes that were reduced over stay as axes of 1. */
export type ReducedDims = "kept" | "dropped";

/** The shape after a reduction over `axes` (ascending, non-negative). */
export function reducedShape(shape: Shape, axes: readonly number[], dims: ReducedDims): Shape {
  return shape.flatMap((extent, axis) => (axes.includes(axis) ? (dims === "kept" ? [1] : []) : [extent]));
}

/** Positions a window of `window` takes along `extent` padded by `before` and `after`. */
export function windowCount(extent: number, window: number, stride: number, before: number, after: number): number {
  return Math.floor((extent + before + after - window) / stride) + 1;
}
