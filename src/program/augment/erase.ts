/** A box of each image replaced. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

/**
 * @param x [N, C, H, W]
 * @param box [N, 4]: rows and columns between the first two and the last two numbers
 * @param value broadcast to x
 */
export function erase(b: Builder, x: Value, box: Value, value: Value): Value {
  const images = extentOf(x.shape, 0);
  const bound = (index: number) => b.reshape(b.sliceAxis(box, 1, index, index + 1), [images, 1, 1, 1]);
  const inside = (axis: 2 | 3, from: number) => {
    const extent = extentOf(x.shape, axis);
    const shape = [1, 1, axis === 2 ? extent : 1, axis === 3 ? extent : 1];
    const places = b.constant(
      Float32Array.from({ length: extent }, (_, i) => i),
      shape,
    );
    return b.mul(b.greater(places, bound(from)), b.greater(bound(from + 1), places));
  };
  return b.select(b.mul(inside(2, 0), inside(3, 2)), value, x);
}
