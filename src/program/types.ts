/**
 * The tensor IR: a typed, static-shaped, straight-line program over named state. Models are written against it once
 * (`builder.ts`), gradients are derived on it (`autodiff.ts`), engines lower it; `interpreter/` runs it in float64.
 */

/** What feeds, state and fetches hold. */
export type StoredType = "f32" | "i32";
/** bfloat16 (8 bits of significand, float32's range) and IEEE binary16 (11 bits, to 65504): inside a program only. */
export type HalfType = "bf16" | "f16";
export type FloatType = "f32" | HalfType;
export type DType = StoredType | HalfType;
export type Shape = readonly number[];

/** One SSA value. */
export interface Value {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** [top, left, bottom, right] zero padding of the two spatial axes. */
export type Padding = readonly [number, number, number, number];

export interface ConvAttributes {
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly groups: number;
}
export interface PoolAttributes {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}

/**
 * Attributes by op. Layout: images N×C×H×W, conv filters O×(C/groups)×H×W, linear weights out×in (as PyTorch has them).
 * Elementwise binaries broadcast as NumPy does. Comparisons give 1.0 or 0.0 in f32.
 *
 * Half types: `cast` rounds to nearest, ties to even, with subnormals, and what is too large becomes infinite. The ops
 * that take half inputs (all of one type) compute on their exact values at least as precisely as f32, sums included, and
 * round the result once to that type: matmul, conv2d and its gradients, add, sub, mul, neg, relu, gelu, reluGrad,
 * geluGrad, maxPool, maxPoolGrad, and what only moves elements (reshape, transpose, broadcastTo, slice, concat, pad,
 * gather). All others take f32.
 */
export interface OpAttributes {
  constant: { readonly data: Float32Array | Int32Array };
  // elementwise, one input
  neg: object;
  exp: object;
  log: object;
  sqrt: object;
  rsqrt: object;
  reciprocal: object;
  square: object;
  abs: object;
  tanh: object;
  sigmoid: object;
  erf: object;
  relu: object;
  /** Exact GELU: x·Φ(x). */
  gelu: object;
  cast: { readonly dtype: DType };
  // elementwise, two inputs
  add: object;
  sub: object;
  mul: object;
  div: object;
  maximum: object;
  minimum: object;
  greater: object;
  equal: object;
  /** inputs: condition (f32, non-zero is true), whenTrue, whenFalse (of one dtype). */
  select: object;
  // reductions
  sum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  mean: { readonly axes: readonly number[]; readonly keepDims: boolean };
  max: { readonly axes: readonly number[]; readonly keepDims: boolean };
  // shape
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  broadcastTo: { readonly shape: Shape };
  slice: { readonly begin: readonly number[]; readonly end: readonly number[]; readonly stride: readonly number[] };
  concat: { readonly axis: number };
  pad: { readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number };
  /** inputs: table, indices (i32, any shape); takes rows along axis 0. */
  gather: object;
  /** inputs: rows' gradient, indices; output has `rows` rows; adds rows of equal index. The gradient of `gather`. */
  scatterAdd: { readonly rows: number };
  /** input i32 [...]; output f32 [..., depth]. */
  oneHot: { readonly depth: number };
  /**
   * Random numbers, a pure function of key, salt and place: multiples of 2⁻²⁴ in [0, 1), the same bits on every engine.
   * input: keys i32 [N, 2], the words k0, k1 of one 64-bit key an image; output f32 [N, ...shape].
   * All in unsigned 32-bit words, modulo 2³²; `mix` and `saltWords` are in hash.ts. For element e of an image (its
   * row-major index within `shape`), with [s0, s1] = saltWords(salt):
   *   a = mix(k0 ^ s0); b = mix(k1 ^ s1)
   *   x = e + a;  x ^= x >>> 17;  x *= 0xed5ad4bb;  x += b
   *   x ^= x >>> 11;  x *= 0xac4c1b51;  x ^= x >>> 15;  x *= 0x31848bab;  x ^= x >>> 14
   *   result = (x >>> 8) · 2⁻²⁴
   * `salt`, a whole number from 0, tells the draws of one program apart.
   */
  randomUniform: { readonly salt: number; readonly shape: Shape };
  // linear algebra
  /** [..., m, k] × [..., k, n]; leading axes equal, or absent on the right; `alpha` scales the product. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };
  conv2d: ConvAttributes;
  /** inputs: dy, filter; output has `inputShape`. */
  conv2dInputGrad: ConvAttributes & { readonly inputShape: Shape };
  /** inputs: dy, x; output has `filterShape`. */
  conv2dFilterGrad: ConvAttributes & { readonly filterShape: Shape };
  maxPool: PoolAttributes;
  /** inputs: dy, x, y; the first maximum of a window (row-major) takes the gradient, as in PyTorch. */
  maxPoolGrad: PoolAttributes;
  avgPool: PoolAttributes & { readonly countPadding: boolean };
  /** input: dy. */
  avgPoolGrad: PoolAttributes & { readonly countPadding: boolean; readonly inputShape: Shape };
  // normalization
  /** inputs: x [N,C,H,W], scale [C], shift [C]; outputs: y, batch mean [C], biased batch variance [C]. */
  batchNorm: { readonly epsilon: number };
  /** inputs: dy, x, scale, mean, variance; outputs: dx, dscale, dshift. */
  batchNormGrad: { readonly epsilon: number };
  /** inputs: x [..., D], scale [D], shift [D]; outputs: y, mean [..., 1], reciprocal deviation [..., 1]. */
  layerNorm: { readonly epsilon: number };
  /** inputs: dy, x, scale, mean, reciprocal deviation; outputs: dx, dscale, dshift. */
  layerNormGrad: object;
  // nonlinearities with their own gradients
  /** inputs: dy, y. */
  reluGrad: object;
  /** inputs: dy, x. */
  geluGrad: object;
  /** Over the last axis. */
  softmax: object;
  /** inputs: dy, y. */
  softmaxGrad: object;
  logSoftmax: object;
  /** inputs: dy, y (log-probabilities). */
  logSoftmaxGrad: object;
  // optimizer
  /** inputs: any tensors; output: scalar, the sum of all squares. */
  sumSquares: object;
  /**
   * PyTorch's Adam, one tensor. inputs: parameter, gradient, m, v, learning rate, 1−β1^t, 1−β2^t (scalars).
   * `l2` is added to the gradient as `l2·parameter`; `weightDecay` is AdamW's. outputs: parameter, m, v.
   */
  adam: {
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    readonly l2: number;
    readonly weightDecay: number;
  };
  /** PyTorch's SGD. inputs: parameter, gradient, velocity, learning rate (scalar). outputs: parameter, velocity. */
  sgd: { readonly momentum: number; readonly nesterov: boolean; readonly l2: number };
}

export type OpKind = keyof OpAttributes;

export type Operation = {
  [K in OpKind]: {
    readonly kind: K;
    readonly attributes: OpAttributes[K];
    readonly inputs: readonly Value[];
    readonly outputs: readonly Value[];
  };
}[OpKind];

/** A value given at every call. */
export interface Feed {
  readonly name: string;
  readonly value: Value;
}
/** A value the session keeps between calls; all programs of a bundle see the same one under the same name. */
export interface StateInput {
  readonly name: string;
  readonly value: Value;
}
export interface Fetch {
  readonly name: string;
  readonly value: Value;
}
/** After the call, state `name` holds `value`. */
export interface StateUpdate {
  readonly name: string;
  readonly value: Value;
}

export interface Program {
  readonly name: string;
  readonly feeds: readonly Feed[];
  readonly state: readonly StateInput[];
  /** In an order in which every value is defined before it is used. */
  readonly operations: readonly Operation[];
  readonly fetches: readonly Fetch[];
  readonly updates: readonly StateUpdate[];
}

/** Programs over one shared state: `step`, `evaluate`, `features`. */
export interface ProgramBundle {
  readonly programs: { readonly [name: string]: Program };
}

export interface TensorData {
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array;
}
