/** Convolutions by unfolding image windows into a matrix, one image and group at a time. */

import { extentOf, sizeOf } from "../shape.js";
import type { ConvAttributes, Shape } from "../types.js";
import type { Kernels } from "./kernel.js";
import { matrix, multiplyAdd } from "./matmul.js";
import { zeros } from "./tensor.js";

interface Geometry {
  readonly batch: number;
  readonly groups: number;
  /** Channels and filters of one group. */
  readonly channels: number;
  readonly filters: number;
  readonly height: number;
  readonly width: number;
  readonly window: readonly [number, number];
  readonly outHeight: number;
  readonly outWidth: number;
  readonly attributes: ConvAttributes;
}

function geometry(images: Shape, filter: Shape, output: Shape, attributes: ConvAttributes): Geometry {
  const { groups } = attributes;
  return {
    batch: extentOf(images, 0),
    groups,
    channels: extentOf(filter, 1),
    filters: extentOf(filter, 0) / groups,
    height: extentOf(images, 2),
    width: extentOf(images, 3),
    window: [extentOf(filter, 2), extentOf(filter, 3)],
    outHeight: extentOf(output, 2),
    outWidth: extentOf(output, 3),
    attributes,
  };
}

const columnRows = (g: Geometry): number => g.channels * g.window[0] * g.window[1];
const positions = (g: Geometry): number => g.outHeight * g.outWidth;

/** Calls back with (position in the unfolded matrix, position in the image) for every pixel a window covers. */
function eachPixel(g: Geometry, visit: (column: number, pixel: number) => void): void {
  const [strideY, strideX] = g.attributes.stride;
  const [top, left] = g.attributes.padding;
  const [windowY, windowX] = g.window;
  for (let c = 0, row = 0; c < g.channels; c++) {
    for (let dy = 0; dy < windowY; dy++) {
      for (let dx = 0; dx < windowX; dx++, row++) {
        for (let oy = 0; oy < g.outHeight; oy++) {
          const y = oy * strideY + dy - top;
          if (y < 0 || y >= g.height) continue;
          const line = (c * g.height + y) * g.width;
          const to = (row * g.outHeight + oy) * g.outWidth;
          for (let ox = 0; ox < g.outWidth; ox++) {
            const x = ox * strideX + dx - left;
            if (x >= 0 && x < g.width) visit(to + ox, line + x);
          }
        }
      }
    }
  }
}

/** Where in an image each entry of the unfolded matrix is read; −1 in the padding. */
function unfolding(g: Geometry): Int32Array {
  const at = new Int32Array(columnRows(g) * positions(g)).fill(-1);
  eachPixel(g, (column, pixel) => {
    at[column] = pixel;
  });
  return at;
}

function unfold(image: Float64Array, at: Int32Array, into: Float64Array): void {
  for (let i = 0; i < at.length; i++) {
    const pixel = at[i] ?? -1;
    into[i] = pixel < 0 ? 0 : (image[pixel] ?? 0);
  }
}

/** Offsets of one image's and one filter group's parts in their tensors. */
function eachPart(g: Geometry, visit: (part: { image: number; filter: number; output: number }) => void): void {
  const imageSize = g.channels * g.height * g.width;
  const filterSize = g.filters * columnRows(g);
  const outputSize = g.filters * positions(g);
  for (let n = 0; n < g.batch; n++) {
    for (let group = 0; group < g.groups; group++) {
      const index = n * g.groups + group;
      visit({ image: index * imageSize, filter: group * filterSize, output: index * outputSize });
    }
  }
}

export const convolution: Kernels<"conv2d" | "conv2dInputGrad" | "conv2dFilterGrad"> = {
  conv2d: ({ attributes, input, shape }) => {
    const [x, filter] = [input(0), input(1)];
    const g = geometry(x.shape, filter.shape, shape, attributes);
    const result = zeros(shape);
    const at = unfolding(g);
    const columns = new Float64Array(at.length);
    const [k, n] = [columnRows(g), positions(g)];
    eachPart(g, (part) => {
      unfold(x.data.subarray(part.image), at, columns);
      const filters = matrix(filter.data, part.filter, k, "plain");
      multiplyAdd(result.data, part.output, filters, matrix(columns, 0, n, "plain"), { m: g.filters, k, n });
    });
    return [result];
  },
  conv2dInputGrad: ({ attributes, input, shape }) => {
    const [dy, filter] = [input(0), input(1)];
    const g = geometry(shape, filter.shape, dy.shape, attributes);
    const result = zeros(shape);
    const at = unfolding(g);
    const [k, n] = [columnRows(g), positions(g)];
    eachPart(g, (part) => {
      const columns = new Float64Array(at.length);
      const filters = matrix(filter.data, part.filter, k, "transposed");
      multiplyAdd(columns, 0, filters, matrix(dy.data, part.output, n, "plain"), { m: k, k: g.filters, n });
      for (let i = 0; i < at.length; i++) {
        const pixel = at[i] ?? -1;
        if (pixel >= 0) result.data[part.image + pixel] = (result.data[part.image + pixel] ?? 0) + (columns[i] ?? 0);
      }
    });
    return [result];
  },
  conv2dFilterGrad: ({ attributes, input, shape }) => {
    const [dy, x] = [input(0), input(1)];
    const g = geometry(x.shape, shape, dy.shape, attributes);
    const result = { shape, data: new Float64Array(sizeOf(shape)) };
    const at = unfolding(g);
    const columns = new Float64Array(at.length);
    const [k, n] = [columnRows(g), positions(g)];
    eachPart(g, (part) => {
      unfold(x.data.subarray(part.image), at, columns);
      const gradient = matrix(dy.data, part.output, n, "plain");
      multiplyAdd(result.data, part.filter, gradient, matrix(columns, 0, n, "transposed"), {
        m: g.filters,
        k: n,
        n: k,
      });
    });
    return [result];
  },
};
