/** The blocks of Inception-v3 (Szegedy et al. 2016): branches side by side, joined along the channels. */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Padding, Value } from "../../program/types.js";
import { batchNorm2d, ones, pytorchBatchNorm } from "../blocks/layers.js";
import type { FamilyInit, Mode } from "../types.js";

/** timm draws every convolution and the head alike. */
export const weights: FamilyInit = { kind: "truncated-normal", std: 0.1 };
const normalization = { ...pytorchBatchNorm, epsilon: 1e-3 };

export interface Filters {
  readonly count: number;
  /** Height and width; one number for both. Default 1. */
  readonly kernel?: number | readonly [number, number];
  readonly stride?: number;
  /** `same` keeps the map's size at stride 1. Default `valid`: none. */
  readonly padding?: "same" | "valid";
}

/** Convolution, batch norm and ReLU under one name. */
export type Convolve = (name: string, x: Value, filters: Filters) => Value;

export function convolutionsOf(b: Builder, mode: Mode): Convolve {
  return (name, x, { count, kernel = 1, stride = 1, padding = "valid" }) => {
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const [y, z] = padding === "same" ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
    const frame: Padding = [y, z, y, z];
    return b.scope(name, () => {
      const shape = [count, extentOf(x.shape, 1), height, width];
      const filter = b.parameter("conv.weight", shape, { role: "conv", init: weights });
      const maps = b.conv2d(x, filter, { stride, padding: frame });
      return b.relu(b.scope("bn", () => batchNorm2d(b, maps, mode, ones, normalization)));
    });
  };
}

/** What follows of a block's input: its output, with the tensors of the current scope. */
export type Block = (b: Builder, conv: Convolve, x: Value) => Value;

/** What the pool branch of a block sees: a 3×3 pool that keeps the map's size. */
export type Smooth = (b: Builder, x: Value) => Value;

const SIZED = { window: 3, stride: 1, padding: 1 } as const;
/** Pixels beside the map count as zeros, as in torchvision and timm. */
export const averaged: Smooth = (b, x) => b.avgPool(x, SIZED);
/** The mean of what lies in the map, as TensorFlow has it. */
export const averagedInside: Smooth = (b, x) => b.avgPool(x, { ...SIZED, countPadding: false });
export const maximal: Smooth = (b, x) => b.maxPool(x, SIZED);

const halved = (b: Builder, x: Value): Value => b.maxPool(x, { window: 3, stride: 2 });

/** 5×5 and twice 3×3 beside 1×1, at one resolution. */
export const mixed5 =
  (pooled: number, smooth: Smooth): Block =>
  (b, conv, x) => {
    const one = conv("branch1x1", x, { count: 64 });
    const five = conv("branch5x5_2", conv("branch5x5_1", x, { count: 48 }), { count: 64, kernel: 5, padding: "same" });
    const three = conv("branch3x3dbl_1", x, { count: 64 });
    const second = conv("branch3x3dbl_2", three, { count: 96, kernel: 3, padding: "same" });
    const third = conv("branch3x3dbl_3", second, { count: 96, kernel: 3, padding: "same" });
    return b.concat([one, five, third, conv("branch_pool", smooth(b, x), { count: pooled })], 1);
  };

/** Halves the resolution. */
export const mixed6a: Block = (b, conv, x) => {
  const three = conv("branch3x3", x, { count: 384, kernel: 3, stride: 2 });
  const first = conv("branch3x3dbl_1", x, { count: 64 });
  const second = conv("branch3x3dbl_2", first, { count: 96, kernel: 3, padding: "same" });
  const third = conv("branch3x3dbl_3", second, { count: 96, kernel: 3, stride: 2 });
  return b.concat([three, third, halved(b, x)], 1);
};

/** 7×7 as 1×7 and 7×1, once and twice. */
export const mixed6 =
  (width: number, smooth: Smooth): Block =>
  (b, conv, x) => {
    const line = (count: number): Filters => ({ count, kernel: [1, 7], padding: "same" });
    const column = (count: number): Filters => ({ count, kernel: [7, 1], padding: "same" });
    const one = conv("branch1x1", x, { count: 192 });
    const first = conv("branch7x7_1", x, { count: width });
    const once = conv("branch7x7_3", conv("branch7x7_2", first, line(width)), column(192));
    const second = conv("branch7x7dbl_1", x, { count: width });
    const third = conv("branch7x7dbl_3", conv("branch7x7dbl_2", second, column(width)), line(width));
    const twice = conv("branch7x7dbl_5", conv("branch7x7dbl_4", third, column(width)), line(192));
    return b.concat([one, once, twice, conv("branch_pool", smooth(b, x), { count: 192 })], 1);
  };

/** Halves the resolution. */
export const mixed7a: Block = (b, conv, x) => {
  const three = conv("branch3x3_2", conv("branch3x3_1", x, { count: 192 }), { count: 320, kernel: 3, stride: 2 });
  const first = conv("branch7x7x3_1", x, { count: 192 });
  const second = conv("branch7x7x3_2", first, { count: 192, kernel: [1, 7], padding: "same" });
  const third = conv("branch7x7x3_3", second, { count: 192, kernel: [7, 1], padding: "same" });
  const seven = conv("branch7x7x3_4", third, { count: 192, kernel: 3, stride: 2 });
  return b.concat([three, seven, halved(b, x)], 1);
};

/** 3×3 as 1×3 beside 3×1. */
export const mixed7 =
  (smooth: Smooth): Block =>
  (b, conv, x) => {
    const fork = (name: string, y: Value): readonly Value[] => [
      conv(`${name}a`, y, { count: 384, kernel: [1, 3], padding: "same" }),
      conv(`${name}b`, y, { count: 384, kernel: [3, 1], padding: "same" }),
    ];
    const one = conv("branch1x1", x, { count: 320 });
    const three = fork("branch3x3_2", conv("branch3x3_1", x, { count: 384 }));
    const first = conv("branch3x3dbl_1", x, { count: 448 });
    const double = fork("branch3x3dbl_3", conv("branch3x3dbl_2", first, { count: 384, kernel: 3, padding: "same" }));
    return b.concat([one, ...three, ...double, conv("branch_pool", smooth(b, x), { count: 192 })], 1);
  };
