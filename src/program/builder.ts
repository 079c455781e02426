/** Writes programs: one typed method per op. Shapes are checked where the op is made; errors name op and shapes. */

import {
  type AxesOptions,
  type ConvOptions,
  type MatmulOptions,
  type PoolOptions,
  pair,
  poolAttributes,
  sides,
} from "./builder-options.js";
import { ProgramError } from "./names.js";
import { Recorder } from "./recorder.js";
import { extentOf, formatShape, normalizeAxes, sameShape, sizeOf } from "./shape.js";
import type { ConvAttributes, DType, OpAttributes, Shape, Value } from "./types.js";

export class Builder extends Recorder {
  // ——— constants

  constant(data: Float32Array | Int32Array, shape: Shape): Value {
    if (data.length !== sizeOf(shape)) {
      throw new ProgramError(`constant: ${data.length} elements do not fill ${formatShape(shape)}`);
    }
    const dtype: DType = data instanceof Float32Array ? "f32" : "i32";
    return this.output(this.emit("constant", { data }, [], [{ shape, dtype }]), 0);
  }

  /** An f32 constant without axes. */
  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  filled(value: number, shape: Shape): Value {
    return this.broadcastTo(this.scalar(value), shape);
  }

  // ——— elementwise, one input

  neg(x: Value): Value {
    return this.one("neg", {}, [x]);
  }
  exp(x: Value): Value {
    return this.one("exp", {}, [x]);
  }
  log(x: Value): Value {
    return this.one("log", {}, [x]);
  }
  sqrt(x: Value): Value {
    return this.one("sqrt", {}, [x]);
  }
  rsqrt(x: Value): Value {
    return this.one("rsqrt", {}, [x]);
  }
  reciprocal(x: Value): Value {
    return this.one("reciprocal", {}, [x]);
  }
  square(x: Value): Value {
    return this.one("square", {}, [x]);
  }
  abs(x: Value): Value {
    return this.one("abs", {}, [x]);
  }
  tanh(x: Value): Value {
    return this.one("tanh", {}, [x]);
  }
  sigmoid(x: Value): Value {
    return this.one("sigmoid", {}, [x]);
  }
  erf(x: Value): Value {
    return this.one("erf", {}, [x]);
  }
  relu(x: Value): Value {
    return this.one("relu", {}, [x]);
  }
  gelu(x: Value): Value {
    return this.one("gelu", {}, [x]);
  }
  cast(x: Value, dtype: DType): Value {
    return x.dtype === dtype ? x : this.one("cast", { dtype }, [x]);
  }

  // ——— elementwise, several inputs (NumPy broadcasting)

  add(a: Value, b: Value): Value {
    return this.one("add", {}, [a, b]);
  }
  sub(a: Value, b: Value): Value {
    return this.one("sub", {}, [a, b]);
  }
  mul(a: Value, b: Value): Value {
    return this.one("mul", {}, [a, b]);
  }
  div(a: Value, b: Value): Value {
    return this.one("div", {}, [a, b]);
  }
  maximum(a: Value, b: Value): Value {
    return this.one("maximum", {}, [a, b]);
  }
  minimum(a: Value, b: Value): Value {
    return this.one("minimum", {}, [a, b]);
  }
  /** 1 where a > b, else 0. */
  greater(a: Value, b: Value): Value {
    return this.one("greater", {}, [a, b]);
  }
  /** 1 where a = b, else 0. */
  equal(a: Value, b: Value): Value {
    return this.one("equal", {}, [a, b]);
  }
  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.one("select", {}, [condition, whenTrue, whenFalse]);
  }
  /** x times a number. */
  scale(x: Value, factor: number): Value {
    return factor === 1 ? x : this.mul(x, this.scalar(factor));
  }

  // ——— reductions (all axes by default)

  sum(x: Value, options: AxesOptions = {}): Value {
    return this.one("sum", this.#reduction(x, options), [x]);
  }
  mean(x: Value, options: AxesOptions = {}): Value {
    return this.one("mean", this.#reduction(x, options), [x]);
  }
  max(x: Value, options: AxesOptions = {}): Value {
    return this.one("max", this.#reduction(x, options), [x]);
  }
  #reduction(x: Value, { axes, keepDims = false }: AxesOptions) {
    return { axes: normalizeAxes(axes ?? x.shape.map((_, axis) => axis), x.shape.length), keepDims };
  }

  // ——— shape

  reshape(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.one("reshape", { shape }, [x]);
  }
  transpose(x: Value, permutation: readonly number[]): Value {
    return this.one("transpose", { permutation }, [x]);
  }
  broadcastTo(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.one("broadcastTo", { shape }, [x]);
  }
  /** Elements `begin` (inclusive) to `end` (exclusive) of every axis. */
  slice(x: Value, begin: readonly number[], end: readonly number[], stride?: readonly number[]): Value {
    return this.one("slice", { begin, end, stride: stride ?? x.shape.map(() => 1) }, [x]);
  }
  /** A slice of one axis; the other axes stay whole. */
  sliceAxis(x: Value, axis: number, begin: number, end: number): Value {
    const whole = begin === 0 && end === extentOf(x.shape, axis);
    if (whole) return x;
    return this.slice(
      x,
      x.shape.map((_, i) => (i === axis ? begin : 0)),
      x.shape.map((extent, i) => (i === axis ? end : extent)),
    );
  }
  concat(values: readonly Value[], axis: number): Value {
    const [only] = values;
    return values.length === 1 && only !== undefined ? only : this.one("concat", { axis }, values);
  }
  pad(x: Value, before: readonly number[], after: readonly number[], value = 0): Value {
    return this.one("pad", { before, after, value }, [x]);
  }
  gather(table: Value, indices: Value): Value {
    return this.one("gather", {}, [table, indices]);
  }
  scatterAdd(values: Value, indices: Value, rows: number): Value {
    return this.one("scatterAdd", { rows }, [values, indices]);
  }
  oneHot(indices: Value, depth: number): Value {
    return this.one("oneHot", { depth }, [indices]);
  }

  /** Numbers in [0, 1) for every element of [N, ...shape], from one key an image (i32 [N, 2]). */
  randomUniform(keys: Value, salt: number, shape: Shape): Value {
    return this.one("randomUniform", { salt, shape }, [keys]);
  }

  // ——— linear algebra and windows

  matmul(a: Value, b: Value, { transposeA = false, transposeB = false, alpha = 1 }: MatmulOptions = {}): Value {
    return this.one("matmul", { transposeA, transposeB, alpha }, [a, b]);
  }
  conv2d(x: Value, filter: Value, { stride = 1, padding = 0, groups = 1 }: ConvOptions = {}): Value {
    return this.one("conv2d", { stride: pair(stride), padding: sides(padding), groups }, [x, filter]);
  }
  conv2dInputGrad(dy: Value, filter: Value, attributes: ConvAttributes & { readonly inputShape: Shape }): Value {
    return this.one("conv2dInputGrad", attributes, [dy, filter]);
  }
  conv2dFilterGrad(dy: Value, x: Value, attributes: ConvAttributes & { readonly filterShape: Shape }): Value {
    return this.one("conv2dFilterGrad", attributes, [dy, x]);
  }
  maxPool(x: Value, options: PoolOptions): Value {
    return this.one("maxPool", poolAttributes(options), [x]);
  }
  avgPool(x: Value, options: PoolOptions & { readonly countPadding?: boolean }): Value {
    return this.one("avgPool", { ...poolAttributes(options), countPadding: options.countPadding ?? true }, [x]);
  }

  // ——— normalization

  /** Batch statistics; the caller keeps the running ones. */
  batchNorm(x: Value, scale: Value, shift: Value, epsilon: number): { y: Value; mean: Value; variance: Value } {
    const outputs = this.op("batchNorm", { epsilon }, [x, scale, shift]);
    return { y: this.output(outputs, 0), mean: this.output(outputs, 1), variance: this.output(outputs, 2) };
  }
  layerNorm(x: Value, scale: Value, shift: Value, epsilon: number): Value {
    return this.one("layerNorm", { epsilon }, [x, scale, shift]);
  }

  // ——— nonlinearities over the last axis

  softmax(x: Value): Value {
    return this.one("softmax", {}, [x]);
  }
  logSoftmax(x: Value): Value {
    return this.one("logSoftmax", {}, [x]);
  }

  // ——— optimizer

  sumSquares(values: readonly Value[]): Value {
    return this.one("sumSquares", {}, values);
  }
  adam(
    attributes: OpAttributes["adam"],
    tensors: { readonly parameter: Value; readonly gradient: Value; readonly m: Value; readonly v: Value },
    scalars: { readonly rate: Value; readonly correction1: Value; readonly correction2: Value },
  ): { parameter: Value; m: Value; v: Value } {
    const outputs = this.op("adam", attributes, [
      tensors.parameter,
      tensors.gradient,
      tensors.m,
      tensors.v,
      scalars.rate,
      scalars.correction1,
      scalars.correction2,
    ]);
    return { parameter: this.output(outputs, 0), m: this.output(outputs, 1), v: this.output(outputs, 2) };
  }
  sgd(
    attributes: OpAttributes["sgd"],
    tensors: { readonly parameter: Value; readonly gradient: Value; readonly velocity: Value },
    rate: Value,
  ): { parameter: Value; velocity: Value } {
    const outputs = this.op("sgd", attributes, [tensors.parameter, tensors.gradient, tensors.velocity, rate]);
    return { parameter: this.output(outputs, 0), velocity: this.output(outputs, 1) };
  }
}
