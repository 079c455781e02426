/** Gaussian blur as two matrix products an image, whose weights are worked out from a number each. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";
import { downAndAcross } from "./resample.js";

/**
 * Edges are mirrored: a pixel also counts where its mirror images lie.
 * @param x [N, C, S, S]
 * @param radius pixels to each side of the kernel's middle, less than S
 * @param sharpness [N, 1, 1], 1/(2σ²)
 */
export function blur(b: Builder, x: Value, radius: number, sharpness: Value): Value {
  const size = extentOf(x.shape, 2);
  const places: readonly ((from: number) => number | undefined)[] = [
    (from) => from,
    (from) => (from > 0 ? -from : undefined),
    (from) => (from < size - 1 ? 2 * (size - 1) - from : undefined),
  ];
  const weights = places.map((placeOf) => {
    const squares = new Float32Array(size * size);
    const counts = new Float32Array(size * size);
    for (let i = 0; i < squares.length; i++) {
      const distance = Math.abs((placeOf(i % size) ?? Number.POSITIVE_INFINITY) - Math.floor(i / size));
      if (distance <= radius) [squares[i], counts[i]] = [-(distance ** 2), 1];
    }
    const shape = [1, size, size];
    return b.mul(b.exp(b.mul(b.constant(squares, shape), sharpness)), b.constant(counts, shape));
  });
  const all = weights.reduce((sum, each) => b.add(sum, each));
  const kernel = b.div(all, b.sum(all, { axes: [2], keepDims: true }));
  return downAndAcross(b, x, kernel, kernel);
}
