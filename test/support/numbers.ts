/** Numbers made from a name alone; test/goldens/numbers_by_name.py makes the same ones, so goldens hold results only. */

import { sizeOf } from "../../src/program/shape.js";
import type { Shape, TensorData } from "../../src/program/types.js";

/** FNV-1a, 32 bits. */
function nameSeed(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed >>> 0;
}

/** `count` numbers in [0, 1), multiples of 2^-24: a Weyl sequence through the finalizer of MurmurHash3. */
function unit(name: string, count: number): Float64Array {
  const seed = nameSeed(name);
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = (seed + Math.imul(i, 0x9e3779b9)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) >>> 0;
    numbers[i] = (x >>> 8) / 2 ** 24;
  }
  return numbers;
}

/** f32, uniform on [low, high). */
export function uniform(name: string, shape: Shape, low: number, high: number): TensorData {
  return { shape, data: new Float32Array(unit(name, sizeOf(shape)).map((u) => low + u * (high - low))) };
}

/** i32 in 0 … limit − 1. */
export function below(name: string, shape: Shape, limit: number): TensorData {
  return { shape, data: new Int32Array(unit(name, sizeOf(shape)).map((u) => Math.floor(u * limit))) };
}

/** A value for a model's tensor by its timm name: nothing symmetric, nothing zero, activations of order one. */
export function modelTensor(name: string, shape: Shape): TensorData {
  switch (name.split(".").at(-1)) {
    case "num_batches_tracked":
      return { shape, data: new Int32Array(sizeOf(shape)) };
    case "running_mean":
      return uniform(name, shape, -0.2, 0.2);
    case "running_var":
      return uniform(name, shape, 0.5, 1.5);
    case "bias":
      return uniform(name, shape, -0.1, 0.1);
    case "relative_position_bias_table":
      return uniform(name, shape, -0.5, 0.5);
  }
  if (name === "cls_token" || name === "pos_embed") return uniform(name, shape, -0.5, 0.5);
  if (shape.length === 1) return uniform(name, shape, 0.8, 1.2);
  const bound = Math.sqrt(3 / sizeOf(shape.slice(1)));
  return uniform(name, shape, -bound, bound);
}
