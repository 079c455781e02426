import { extentOf, sizeOf } from "../shape.js";
import type { PoolAttributes, Shape } from "../types.js";
import type { Kernels } from "./kernel.js";
import { matrix, multiplyAdd } from "./matmul.js";
import { zeros } from "./tensor.js";

interface Window {
  /** Index of the output position. */
  readonly output: number;
  /** Indices of the covered pixels, row-major. */
  readonly pixels: readonly number[];
  /** Pixels inside the padded image, which is what a padding-counting average divides by. */
  readonly padded: number;
}

/** Every window of every channel of every image. */
function* windows(images: Shape, output: Shape, attributes: PoolAttributes): Generator<Window> {
  const [height, width] = [extentOf(images, 2), extentOf(images, 3)];
  const [outHeight, outWidth] = [extentOf(output, 2), extentOf(output, 3)];
  const [windowY, windowX] = attributes.window;
  const [strideY, strideX] = attributes.stride;
  const [top, left, bottom, right] = attributes.padding;
  const planes = extentOf(images, 0) * extentOf(images, 1);
  for (let plane = 0, at = 0; plane < planes; plane++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, at++) {
        const [fromY, fromX] = [oy * strideY - top, ox * strideX - left];
        const pixels: number[] = [];
        for (let y = Math.max(0, fromY); y < Math.min(height, fromY + windowY); y++) {
          for (let x = Math.max(0, fromX); x < Math.min(width, fromX + windowX); x++) {
            pixels.push((plane * height + y) * width + x);
          }
        }
        const rows = Math.min(height + bottom, fromY + windowY) - fromY;
        const columns = Math.min(width + right, fromX + windowX) - fromX;
        yield { output: at, pixels, padded: rows * columns };
      }
    }
  }
}

/** The first greatest pixel of a window. */
function argmax(data: Float64Array, pixels: readonly number[]): number {
  let best = pixels[0] ?? 0;
  for (const pixel of pixels) if ((data[pixel] ?? 0) > (data[best] ?? 0)) best = pixel;
  return best;
}

export const linear: Kernels<"matmul" | "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad"> = {
  matmul: ({ attributes, input, shape }) => {
    const [a, b] = [input(0), input(1)];
    const { transposeA, transposeB, alpha } = attributes;
    const [m, n] = [extentOf(shape, -2), extentOf(shape, -1)];
    const k = extentOf(a.shape, transposeA ? -2 : -1);
    const result = zeros(shape);
    const count = sizeOf(shape) / (m * n);
    const shared = b.shape.length === 2;
    for (let i = 0; i < count; i++) {
      const left = matrix(a.data, i * m * k, extentOf(a.shape, -1), transposeA ? "transposed" : "plain");
      const right = matrix(b.data, shared ? 0 : i * k * n, extentOf(b.shape, -1), transposeB ? "transposed" : "plain");
      multiplyAdd(result.data, i * m * n, left, right, { m, k, n }, alpha);
    }
    return [result];
  },
  maxPool: ({ attributes, input, shape }) => {
    const x = input(0);
    const result = zeros(shape);
    for (const { output, pixels } of windows(x.shape, shape, attributes)) {
      result.data[output] = x.data[argmax(x.data, pixels)] ?? 0;
    }
    return [result];
  },
  maxPoolGrad: ({ attributes, input }) => {
    const [dy, x] = [input(0), input(1)];
    const result = zeros(x.shape);
    for (const { output, pixels } of windows(x.shape, dy.shape, attributes)) {
      const to = argmax(x.data, pixels);
      result.data[to] = (result.data[to] ?? 0) + (dy.data[output] ?? 0);
    }
    return [result];
  },
  avgPool: ({ attributes, input, shape }) => {
    const x = input(0);
    const result = zeros(shape);
    for (const { output, pixels, padded } of windows(x.shape, shape, attributes)) {
      let total = 0;
      for (const pixel of pixels) total += x.data[pixel] ?? 0;
      result.data[output] = total / (attributes.countPadding ? padded : pixels.length);
    }
    return [result];
  },
  avgPoolGrad: ({ attributes, input, shape }) => {
    const dy = input(0);
    const result = zeros(shape);
    for (const { output, pixels, padded } of windows(shape, dy.shape, attributes)) {
      const part = (dy.data[output] ?? 0) / (attributes.countPadding ? padded : pixels.length);
      for (const pixel of pixels) result.data[pixel] = (result.data[pixel] ?? 0) + part;
    }
    return [result];
  },
};
