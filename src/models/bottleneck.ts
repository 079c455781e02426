/**
 * Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751): a linear layer's output y becomes y + U gelu(D y + d) + u,
 * D [width, out] drawn as PyTorch draws a linear layer, U [out, width], d and u zero. Tensors `adapter_down`,
 * `adapter_down_bias`, `adapter_up` and `adapter_up_bias` beside `weight`.
 */

import type { Builder } from "../program/builder.js";
import { extentOf } from "../program/shape.js";
import type { Value } from "../program/types.js";
import { matchesGlob, parseGlob } from "./glob.js";
import { ModelError } from "./parameters.js";
import type { FamilyInit, ModelSpec } from "./types.js";

export interface BottleneckParams {
  readonly width: number;
  /** Patterns of module names, apart by a space. */
  readonly on: string;
}

interface Bottleneck {
  readonly width: number;
  /** @throws ModelError where the layer's outputs are read in parts */
  adapts(module: string): boolean;
}

/** Undefined where the model has none. */
export function bottleneckParams({ params }: Pick<ModelSpec, "params">): BottleneckParams | undefined {
  const { bottleneck_width: width, bottleneck_on: on } = params;
  return typeof width === "number" && typeof on === "string" ? { width, on } : undefined;
}

export function bottleneckOf(spec: ModelSpec): Bottleneck | undefined {
  const found = bottleneckParams(spec);
  if (found === undefined) return undefined;
  const globs = found.on.split(" ").map(parseGlob);
  return {
    width: found.width,
    adapts(module) {
      if (!globs.some((glob) => matchesGlob(glob, module))) return false;
      if (!module.endsWith(".qkv")) return true;
      throw new ModelError(
        `a bottleneck adapter on ${module}, whose outputs are three things; put it on attn.proj or mlp.fc2`,
      );
    },
  };
}

const zero: FamilyInit = { kind: "constant", value: 0 };

/** Adds the adapter of the linear layer of the current scope to its output `y` [rows, out]. */
export function bottlenecked(b: Builder, y: Value, width: number): Value {
  const out = extentOf(y.shape, 1);
  const tensor = (name: string, shape: readonly number[], init: FamilyInit) =>
    b.parameter(name, shape, { role: "adapter", init });
  const down = tensor("adapter_down", [width, out], { kind: "uniform", bound: 1 / Math.sqrt(out) });
  const downBias = tensor("adapter_down_bias", [width], zero);
  const up = tensor("adapter_up", [out, width], zero);
  const upBias = tensor("adapter_up_bias", [out], zero);
  return through(b, y, { down, downBias, up, upBias });
}

/** The same of a layer whose tensors are declared already under `module`. */
export function bottleneckedAgain(b: Builder, module: string, y: Value): Value {
  const [down, downBias] = [b.stateValue(`${module}.adapter_down`), b.stateValue(`${module}.adapter_down_bias`)];
  const [up, upBias] = [b.stateValue(`${module}.adapter_up`), b.stateValue(`${module}.adapter_up_bias`)];
  return down && downBias && up && upBias ? through(b, y, { down, downBias, up, upBias }) : y;
}

interface Tensors {
  readonly down: Value;
  readonly downBias: Value;
  readonly up: Value;
  readonly upBias: Value;
}

function through(b: Builder, y: Value, { down, downBias, up, upBias }: Tensors): Value {
  const inner = b.gelu(b.add(b.matmul(y, down, { transposeB: true }), downBias));
  return b.add(y, b.add(b.matmul(inner, up, { transposeB: true }), upBias));
}
