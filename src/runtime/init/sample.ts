/** Statistics transfer: a tensor drawn from another's values. */

import type { Choice } from "../../catalog/types.js";
import type { TensorData } from "../../program/types.js";
import type { Stream } from "../random/stream.js";

type Sampler = (source: Float32Array, stream: Stream, params: Choice["params"]) => Float32Array;

/** By catalogue id; a test holds the two lists equal. */
export const SAMPLERS: { readonly [id: string]: Sampler } = { gaussian, shuffle, bootstrap, fixed };

/** A tensor of one value only is copied where its values are what is drawn from: there is nothing to draw. */
export function sampleTensor({ id, params }: Choice, source: TensorData, stream: Stream): TensorData {
  const draw = SAMPLERS[id];
  if (draw === undefined) throw new Error(`no sampler ${id}; there is ${Object.keys(SAMPLERS).join(", ")}`);
  const { data, shape } = source;
  if (data instanceof Int32Array) return source;
  if (draw !== fixed && data.every((value) => value === data[0])) return source;
  return { shape, data: draw(data, stream, params) };
}

/** N(mean, std) as given: only the source's shape is used. */
function fixed(source: Float32Array, stream: Stream, { mean, std }: Choice["params"]): Float32Array {
  const [centre, spread] = [Number(mean ?? 0), Number(std ?? 0)];
  return Float32Array.from(stream.normals(source.length), (z) => centre + spread * z);
}

/** N(mean, std), std with ddof 0. */
function gaussian(source: Float32Array, stream: Stream): Float32Array {
  const mean = source.reduce((sum, value) => sum + value, 0) / source.length;
  const squares = source.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std = Math.sqrt(squares / source.length);
  return Float32Array.from(stream.normals(source.length), (z) => mean + std * z);
}

/** The same values in another order. */
function shuffle(source: Float32Array, stream: Stream): Float32Array {
  const keys = stream.uniforms(source.length);
  const order = Uint32Array.from(source.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
  return Float32Array.from(order, (position) => source[position] ?? 0);
}

/** Values drawn with replacement. */
function bootstrap(source: Float32Array, stream: Stream): Float32Array {
  return Float32Array.from(stream.integers(source.length, source.length), (position) => source[position] ?? 0);
}
