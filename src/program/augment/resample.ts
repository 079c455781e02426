/**
 * Crops, flips and resizing as two matrix products an image. Where each output row and column lies in the image is fed
 * (it follows from the draws); the weights of a triangle filter, widened by the scale when shrinking (torchvision's
 * antialiased bilinear), are worked out in the program.
 */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

export interface ResampleFeeds {
  /**
   * [N, to, 2]: centre of each output pixel in the image, less ½, as whole part and rest. Apart they keep every bit that
   * float32 has to tell neighbouring weights from one another.
   */
  readonly rows: Value;
  readonly columns: Value;
  /** [N, 3] each: pixels between the first two numbers count; the third is 1 over the filter's reach in pixels. */
  readonly rowWindow: Value;
  readonly columnWindow: Value;
}

/** x [N, C, H, W] → [N, C, to, to] */
export function resample(b: Builder, x: Value, feeds: ResampleFeeds): Value {
  const across = weights(b, feeds.columns, feeds.columnWindow, extentOf(x.shape, 3));
  const down = weights(b, feeds.rows, feeds.rowWindow, extentOf(x.shape, 2));
  return downAndAcross(b, x, down, across);
}

/** x [N, C, H, W] by each image's own `down` [N, rows, H] and `across` [N, columns, W] → [N, C, rows, columns] */
export function downAndAcross(b: Builder, x: Value, down: Value, across: Value): Value {
  const [images, channels] = [extentOf(x.shape, 0), extentOf(x.shape, 1)];
  const [height, width] = [extentOf(x.shape, 2), extentOf(x.shape, 3)];
  const [rows, columns] = [extentOf(down.shape, 1), extentOf(across.shape, 1)];
  const lines = b.reshape(x, [images, channels * height, width]);
  const middle = b.reshape(b.matmul(lines, across, { transposeB: true }), [images, channels, height, columns]);
  const each = b.reshape(down, [images, 1, rows, height]);
  return b.matmul(b.broadcastTo(each, [images, channels, rows, height]), middle);
}

/** [N, to, from]: what each output pixel takes of each pixel of the image; every row sums to 1. */
function weights(b: Builder, centres: Value, window: Value, from: number): Value {
  const images = extentOf(centres.shape, 0);
  /** Number `index` of each row, [N, to, 1] or [N, 1, 1]. */
  const part = (value: Value, index: number) => {
    const rows = value.shape.length === 3 ? extentOf(value.shape, 1) : 1;
    return b.reshape(b.sliceAxis(value, value.shape.length - 1, index, index + 1), [images, rows, 1]);
  };
  const pixels = b.constant(
    Float32Array.from({ length: from }, (_, i) => i),
    [1, 1, from],
  );
  const distance = b.abs(b.sub(b.sub(pixels, part(centres, 0)), part(centres, 1)));
  const tent = b.maximum(b.scalar(0), b.sub(b.scalar(1), b.mul(distance, part(window, 2))));
  const inside = b.mul(b.greater(pixels, part(window, 0)), b.greater(part(window, 1), pixels));
  const counted = b.mul(tent, inside);
  return b.div(counted, b.sum(counted, { axes: [2], keepDims: true }));
}
