import { reducedShape, sizeOf, stridesOf } from "../shape.js";
import type { Shape } from "../types.js";
import type { Kernels } from "./kernel.js";
import { broadcastStrides, offsets, pick, type Tensor, zeros } from "./tensor.js";

type Combine = (accumulated: number, next: number) => number;

/** Folds the elements that share an output position. */
function reduce(x: Tensor, axes: readonly number[], shape: Shape, start: number, combine: Combine): Tensor {
  const kept = reducedShape(x.shape, axes, "kept");
  const at = offsets(x.shape, broadcastStrides(kept, x.shape));
  const data = new Float64Array(sizeOf(shape)).fill(start);
  for (let i = 0; i < x.data.length; i++) {
    const to = at[i] ?? 0;
    data[to] = combine(data[to] ?? 0, x.data[i] ?? 0);
  }
  return { shape, data };
}

const plus: Combine = (a, b) => a + b;

/** Writes `source` where the offsets point. */
function place(target: Float64Array, source: Float64Array, at: Int32Array): void {
  for (let i = 0; i < source.length; i++) target[at[i] ?? 0] = source[i] ?? 0;
}

function startOffset(strides: readonly number[], begin: readonly number[]): number {
  return begin.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0);
}

export const shaping: Kernels<
  | "constant"
  | "sum"
  | "mean"
  | "max"
  | "reshape"
  | "transpose"
  | "broadcastTo"
  | "slice"
  | "concat"
  | "pad"
  | "gather"
  | "scatterAdd"
  | "oneHot"
> = {
  constant: ({ attributes, shape }) => [{ shape, data: new Float64Array(attributes.data) }],
  sum: ({ attributes, input, shape }) => [reduce(input(0), attributes.axes, shape, 0, plus)],
  mean: ({ attributes, input, shape }) => {
    const total = reduce(input(0), attributes.axes, shape, 0, plus);
    const count = input(0).data.length / sizeOf(shape);
    return [{ shape, data: total.data.map((x) => x / count) }];
  },
  max: ({ attributes, input, shape }) => [reduce(input(0), attributes.axes, shape, Number.NEGATIVE_INFINITY, Math.max)],
  reshape: ({ input, shape }) => [{ shape, data: input(0).data }],
  transpose: ({ attributes, input, shape }) => {
    const strides = stridesOf(input(0).shape);
    const permuted = attributes.permutation.map((axis) => strides[axis] ?? 0);
    return [pick(input(0).data, offsets(shape, permuted), shape)];
  },
  broadcastTo: ({ input, shape }) => [
    pick(input(0).data, offsets(shape, broadcastStrides(input(0).shape, shape)), shape),
  ],
  slice: ({ attributes, input, shape }) => {
    const own = stridesOf(input(0).shape);
    const stepped = own.map((stride, axis) => stride * (attributes.stride[axis] ?? 1));
    return [pick(input(0).data, offsets(shape, stepped, startOffset(own, attributes.begin)), shape)];
  },
  concat: ({ attributes, inputs, shape }) => {
    const result = zeros(shape);
    const strides = stridesOf(shape);
    let from = 0;
    for (const part of inputs) {
      place(result.data, part.data, offsets(part.shape, strides, from * (strides[attributes.axis] ?? 1)));
      from += part.shape[attributes.axis] ?? 0;
    }
    return [result];
  },
  pad: ({ attributes, input, shape }) => {
    const data = new Float64Array(sizeOf(shape)).fill(attributes.value);
    const strides = stridesOf(shape);
    place(data, input(0).data, offsets(input(0).shape, strides, startOffset(strides, attributes.before)));
    return [{ shape, data }];
  },
  gather: ({ input, shape }) => {
    const [table, indices] = [input(0), input(1)];
    const rows = table.shape[0] ?? 0;
    const width = table.data.length / rows;
    const data = new Float64Array(sizeOf(shape));
    indices.data.forEach((row, i) => {
      data.set(table.data.subarray(checkedRow("gather", row, rows) * width, (row + 1) * width), i * width);
    });
    return [{ shape, data }];
  },
  scatterAdd: ({ input, shape }) => {
    const [values, indices] = [input(0), input(1)];
    const result = zeros(shape);
    const rows = shape[0] ?? 0;
    const width = result.data.length / rows;
    indices.data.forEach((row, i) => {
      const to = checkedRow("scatterAdd", row, rows) * width;
      for (let j = 0; j < width; j++)
        result.data[to + j] = (result.data[to + j] ?? 0) + (values.data[i * width + j] ?? 0);
    });
    return [result];
  },
  oneHot: ({ attributes, input, shape }) => {
    const result = zeros(shape);
    input(0).data.forEach((index, i) => {
      result.data[i * attributes.depth + checkedRow("oneHot", index, attributes.depth)] = 1;
    });
    return [result];
  },
};

function checkedRow(kind: string, index: number, rows: number): number {
  if (index >= 0 && index < rows) return index;
  throw new RangeError(`${kind}: index ${index} is outside 0 … ${rows - 1}`);
}
