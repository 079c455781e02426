import { sameShape } from "../shape.js";
import { erf, normalCdf, normalDensity } from "./erf.js";
import type { Kernel, Kernels } from "./kernel.js";
import { broadcastStrides, offsets, type Tensor } from "./tensor.js";

type Unary =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "square"
  | "abs"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "relu"
  | "gelu";
type Binary = "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "greater" | "equal" | "reluGrad" | "geluGrad";

function unary<K extends Unary>(f: (x: number) => number): Kernel<K> {
  return ({ input, shape }) => [{ shape, data: input(0).data.map(f) }];
}

function binary<K extends Binary>(f: (a: number, b: number) => number): Kernel<K> {
  return ({ input, shape }) => {
    const [a, b] = [input(0), input(1)];
    const data = new Float64Array(offsetsLength(shape));
    if (sameShape(a.shape, b.shape)) {
      for (let i = 0; i < data.length; i++) data[i] = f(a.data[i] ?? 0, b.data[i] ?? 0);
      return [{ shape, data }];
    }
    const atA = offsets(shape, broadcastStrides(a.shape, shape));
    const atB = offsets(shape, broadcastStrides(b.shape, shape));
    for (let i = 0; i < data.length; i++) data[i] = f(a.data[atA[i] ?? 0] ?? 0, b.data[atB[i] ?? 0] ?? 0);
    return [{ shape, data }];
  };
}

const offsetsLength = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Applies `f` to every row of the last axis. */
function rows(tensors: readonly Tensor[], f: (out: Float64Array, ...rows: Float64Array[]) => void): readonly Tensor[] {
  const [first] = tensors;
  if (first === undefined) return [];
  const width = first.shape.at(-1) ?? 1;
  const data = new Float64Array(first.data.length);
  for (let at = 0; at < data.length; at += width) {
    f(data.subarray(at, at + width), ...tensors.map((tensor) => tensor.data.subarray(at, at + width)));
  }
  return [{ shape: first.shape, data }];
}

function maximumOf(row: Float64Array): number {
  let result = Number.NEGATIVE_INFINITY;
  for (const x of row) if (!(x <= result)) result = x;
  return result;
}

function softmaxRow(out: Float64Array, x: Float64Array): void {
  const top = maximumOf(x);
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    const e = Math.exp((x[i] ?? 0) - top);
    out[i] = e;
    total += e;
  }
  for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) / total;
}

function logSoftmaxRow(out: Float64Array, x: Float64Array): void {
  const top = maximumOf(x);
  let total = 0;
  for (const value of x) total += Math.exp(value - top);
  const shift = top + Math.log(total);
  for (let i = 0; i < x.length; i++) out[i] = (x[i] ?? 0) - shift;
}

function softmaxGradRow(out: Float64Array, dy: Float64Array, y: Float64Array): void {
  let dot = 0;
  for (let i = 0; i < y.length; i++) dot += (dy[i] ?? 0) * (y[i] ?? 0);
  for (let i = 0; i < y.length; i++) out[i] = (y[i] ?? 0) * ((dy[i] ?? 0) - dot);
}

function logSoftmaxGradRow(out: Float64Array, dy: Float64Array, y: Float64Array): void {
  let total = 0;
  for (const value of dy) total += value;
  for (let i = 0; i < y.length; i++) out[i] = (dy[i] ?? 0) - Math.exp(y[i] ?? 0) * total;
}

export const elementwise: Kernels<
  Unary | Binary | "cast" | "select" | "softmax" | "softmaxGrad" | "logSoftmax" | "logSoftmaxGrad"
> = {
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  rsqrt: unary((x) => 1 / Math.sqrt(x)),
  reciprocal: unary((x) => 1 / x),
  square: unary((x) => x * x),
  abs: unary(Math.abs),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  erf: unary(erf),
  relu: unary((x) => (x > 0 || Number.isNaN(x) ? x : 0)),
  gelu: unary((x) => x * normalCdf(x)),
  cast: ({ attributes, input, shape }) => [
    { shape, data: attributes.dtype === "i32" ? input(0).data.map(Math.trunc) : input(0).data },
  ],
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  greater: binary((a, b) => truth(a > b)),
  equal: binary((a, b) => truth(a === b)),
  reluGrad: binary((dy, y) => (y > 0 ? dy : 0)),
  geluGrad: binary((dy, x) => dy * (normalCdf(x) + x * normalDensity(x))),
  select: ({ input, shape }) => {
    const [condition, yes, no] = [input(0), input(1), input(2)];
    const at = [condition, yes, no].map((tensor) => offsets(shape, broadcastStrides(tensor.shape, shape)));
    const [atCondition = new Int32Array(), atYes = new Int32Array(), atNo = new Int32Array()] = at;
    const data = new Float64Array(offsetsLength(shape));
    for (let i = 0; i < data.length; i++) {
      const chosen = condition.data[atCondition[i] ?? 0] !== 0;
      data[i] = (chosen ? yes.data[atYes[i] ?? 0] : no.data[atNo[i] ?? 0]) ?? 0;
    }
    return [{ shape, data }];
  },
  softmax: ({ input }) => rows([input(0)], (out, x) => softmaxRow(out, x ?? out)),
  softmaxGrad: ({ input }) => rows([input(0), input(1)], (out, dy, y) => softmaxGradRow(out, dy ?? out, y ?? out)),
  logSoftmax: ({ input }) => rows([input(0)], (out, x) => logSoftmaxRow(out, x ?? out)),
  logSoftmaxGrad: ({ input }) =>
    rows([input(0), input(1)], (out, dy, y) => logSoftmaxGradRow(out, dy ?? out, y ?? out)),
};
