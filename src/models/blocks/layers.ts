/** Layers both families use, with PyTorch's and timm's names and initial draws. */

import type { Builder } from "../../program/builder.js";
import { extentOf, sizeOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { adapted } from "../adapter.js";
import { ModelError } from "../parameters.js";
import type { FamilyInit, Mode } from "../types.js";

/** `x` [rows, in] → [rows, out]; tensors `weight` [out, in] and `bias` [out] of the current scope, and an adapter's. */
export function linear(b: Builder, x: Value, out: number, init: { weight: FamilyInit; bias: FamilyInit }): Value {
  const weight = b.parameter("weight", [out, extentOf(x.shape, 1)], { role: "linear", init: init.weight });
  const bias = b.parameter("bias", [out], { role: "bias", init: init.bias });
  return adapted(b, x, b.add(b.matmul(x, weight, { transposeB: true }), bias));
}

/** PyTorch's own draw for a linear layer or a convolution: uniform within 1/√fan_in, weight and bias. */
export const pytorchDefault = (fanIn: number): FamilyInit => ({ kind: "uniform", bound: 1 / Math.sqrt(fanIn) });

export const zeros: FamilyInit = { kind: "constant", value: 0 };
export const ones: FamilyInit = { kind: "constant", value: 1 };

export interface BatchNormOptions {
  readonly epsilon: number;
  /** Weight of the new batch in the running statistics. */
  readonly momentum: number;
}
export const pytorchBatchNorm: BatchNormOptions = { epsilon: 1e-5, momentum: 0.1 };

/**
 * BatchNorm2d on [N, C, H, W]. In training it normalizes by batch statistics and updates the running ones as PyTorch
 * does (running variance unbiased); in evaluation, and where its statistics are frozen, it is an affine map by the running
 * ones. To calibrate, the running ones become the batch's.
 */
export function batchNorm2d(
  b: Builder,
  x: Value,
  mode: Mode,
  scaleInit: FamilyInit,
  options = pytorchBatchNorm,
): Value {
  const channels = extentOf(x.shape, 1);
  const scale = b.parameter("weight", [channels], { role: "norm-scale", init: scaleInit });
  const shift = b.parameter("bias", [channels], { role: "norm-shift", init: zeros });
  const runningMean = b.buffer("running_mean", [channels], { role: "running-mean", init: zeros });
  const runningVariance = b.buffer("running_var", [channels], { role: "running-var", init: ones });
  const batches = b.buffer("num_batches_tracked", [], { role: "counter", init: zeros, dtype: "i32" });
  if (mode === "evaluate" || b.isFrozen("running_mean")) {
    const perImage = [1, channels, 1, 1];
    const factor = b.mul(scale, b.rsqrt(b.add(runningVariance, b.scalar(options.epsilon))));
    const offset = b.sub(shift, b.mul(runningMean, factor));
    return b.add(b.mul(x, b.reshape(factor, perImage)), b.reshape(offset, perImage));
  }
  const { y, mean, variance } = b.batchNorm(x, scale, shift, options.epsilon);
  const samples = sizeOf(x.shape) / channels;
  if (samples < 2) throw new ModelError("batch norm learns nothing from one value a channel; use a larger batch");
  const unbiased = samples / (samples - 1);
  if (mode === "calibrate") {
    b.updateScoped("running_mean", mean);
    b.updateScoped("running_var", b.scale(variance, unbiased));
    return y;
  }
  const blend = (running: Value, batch: Value, factor: number) =>
    b.add(b.scale(running, 1 - options.momentum), b.scale(batch, options.momentum * factor));
  b.updateScoped("running_mean", blend(runningMean, mean, 1));
  b.updateScoped("running_var", blend(runningVariance, variance, unbiased));
  b.updateScoped("num_batches_tracked", b.add(batches, b.constant(Int32Array.of(1), [])));
  return y;
}

/** LayerNorm over the last axis; tensors `weight` and `bias` of the current scope. */
export function layerNorm(b: Builder, x: Value, epsilon: number): Value {
  const width = extentOf(x.shape, -1);
  const scale = b.parameter("weight", [width], { role: "norm-scale", init: ones });
  const shift = b.parameter("bias", [width], { role: "norm-shift", init: zeros });
  return b.layerNorm(x, scale, shift, epsilon);
}
