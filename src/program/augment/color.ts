/**
 * Colour changes on [N, C, H, W] in [0, 1], by torchvision's definitions for float tensors, each image by its own fed
 * numbers. Brightness, contrast and saturation are one formula: a·x + b·mean grey + c·grey, clamped.
 */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Value } from "../types.js";

/** torchvision's weights for tensors. */
export const LUMA = [0.2989, 0.587, 0.114] as const;

const clamp = (b: Builder, x: Value): Value => b.minimum(b.scalar(1), b.maximum(b.scalar(0), x));

const channel = (b: Builder, x: Value, index: number): Value => b.sliceAxis(x, 1, index, index + 1);

/** [N, 1, H, W]: the luma of three channels, else the first channel. */
function luma(b: Builder, x: Value): Value {
  if (extentOf(x.shape, 1) !== 3) return channel(b, x, 0);
  const [red, green, blue] = LUMA.map((weight, index) => b.scale(channel(b, x, index), weight));
  return red && green && blue ? b.add(b.add(red, green), blue) : x;
}

/** Three channels of luma where `applied` [N, 1, 1, 1] is 1. */
export function grayscale(b: Builder, x: Value, applied: Value): Value {
  return extentOf(x.shape, 1) === 3 ? b.select(applied, luma(b, x), x) : x;
}

/** @param by [N, 3]: what of the image, of its mean luma and of its luma */
export function blend(b: Builder, x: Value, by: Value): Value {
  const images = extentOf(x.shape, 0);
  const share = (index: number) => b.reshape(b.sliceAxis(by, 1, index, index + 1), [images, 1, 1, 1]);
  const gray = luma(b, x);
  const mean = b.mean(gray, { axes: [1, 2, 3], keepDims: true });
  const other = b.add(b.mul(share(1), mean), b.mul(share(2), gray));
  return clamp(b, b.add(b.mul(share(0), x), other));
}

/**
 * A turn of the colour circle, in HSV; images of other than three channels, and those turned by 0, stay as they are.
 * @param by [N, 1, 1, 1], shares of a full turn from −½ to ½
 */
export function turnHue(b: Builder, x: Value, by: Value): Value {
  if (extentOf(x.shape, 1) !== 3) return x;
  const [red, green, blue] = [channel(b, x, 0), channel(b, x, 1), channel(b, x, 2)];
  const value = b.maximum(b.maximum(red, green), blue);
  const span = b.sub(value, b.minimum(b.minimum(red, green), blue));
  // a grey pixel has no hue, and whatever stands here is multiplied by its span of 0
  const divisor = b.add(span, b.equal(span, b.scalar(0)));
  const sixth = (base: number, a: Value, c: Value) => b.add(b.scalar(base), b.div(b.sub(a, c), divisor));
  const hue = b.select(
    b.equal(value, red),
    sixth(0, green, blue),
    b.select(b.equal(value, green), sixth(2, blue, red), sixth(4, red, green)),
  );
  const turned = wrapped(b, b.add(hue, b.scale(by, 6)));
  const offsets = b.constant(Float32Array.of(5, 3, 1), [1, 3, 1, 1]);
  const position = belowSix(b, b.add(offsets, turned));
  // how much of the span is taken off: 0 … 1, a trapezoid around position 2
  const off = clamp(b, b.sub(b.scalar(2), b.abs(b.sub(position, b.scalar(2)))));
  return b.select(by, clamp(b, b.sub(value, b.mul(span, off))), x);
}

/** −4 … 8, in sixths of a turn, → 0 … 6. */
function wrapped(b: Builder, x: Value): Value {
  const positive = b.add(x, b.scale(b.greater(b.scalar(0), x), 6));
  return belowSix(b, positive);
}

const belowSix = (b: Builder, x: Value): Value => b.sub(x, b.scale(b.greater(x, b.scalar(6)), 6));
