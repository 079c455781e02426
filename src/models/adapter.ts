/**
 * Low-rank adapters (LoRA; Hu et al. 2021, arXiv:2106.09685): a linear layer W x becomes W x + (alpha / rank) · B (A x),
 * A [rank, in] drawn as PyTorch draws a linear layer (Kaiming uniform, a = √5), B [out, rank] zero, so that a fresh
 * adapter changes nothing. Tensors `lora_A` and `lora_B` beside `weight`, as in loralib. A model's parameters `lora_rank`,
 * `lora_alpha` and `lora_on` (patterns of module names, apart by a space) say which.
 */

import type { Builder } from "../program/builder.js";
import { extentOf } from "../program/shape.js";
import type { Value } from "../program/types.js";
import { matchesGlob, parseGlob } from "./glob.js";
import { ModelError } from "./parameters.js";
import type { ModelFamily, ModelSpec } from "./types.js";

export interface LoraParams {
  readonly rank: number;
  readonly alpha: number;
  /** Patterns of module names, apart by a space. */
  readonly on: string;
}

interface Lora {
  readonly rank: number;
  readonly scale: number;
  adapts(module: string): boolean;
}

/** Of the model that is being built on a builder. */
const building = new WeakMap<Builder, { readonly lora: Lora; used: number }>();

/** Undefined where the model has no adapters. */
export function loraParams({ params }: Pick<ModelSpec, "params">): LoraParams | undefined {
  const { lora_rank: rank, lora_alpha: alpha, lora_on: on } = params;
  if (typeof rank !== "number" || typeof alpha !== "number" || typeof on !== "string") return undefined;
  return { rank, alpha, on };
}

/** What B·A is multiplied with. */
export function loraScale({ rank, alpha }: LoraParams): number {
  return alpha / rank;
}

/** The model without its adapters. */
export function withoutAdapters(spec: ModelSpec): ModelSpec {
  const { lora_rank: _, lora_alpha: __, lora_on: ___, ...params } = spec.params;
  return { ...spec, params };
}

function loraOf(spec: ModelSpec): Lora | undefined {
  const lora = loraParams(spec);
  if (lora === undefined) return undefined;
  const globs = lora.on.split(" ").map(parseGlob);
  const adapts = (module: string) => globs.some((glob) => matchesGlob(glob, module));
  return { rank: lora.rank, scale: loraScale(lora), adapts };
}

/** The family, with adapters where the model has some. */
export function withAdapters(family: ModelFamily, spec: ModelSpec): ModelFamily {
  const lora = loraOf(spec);
  if (lora === undefined) return family;
  return {
    ...family,
    build(b, images, model, mode) {
      const state = { lora, used: 0 };
      building.set(b, state);
      try {
        const outputs = family.build(b, images, model, mode);
        if (state.used > 0) return outputs;
        const on = String(model.params.lora_on);
        throw new ModelError(`${model.family}: no linear layer is called \`${on}\`, which the adapter is to be on`);
      } finally {
        building.delete(b);
      }
    },
  };
}

/** Adds what an adapter on the linear layer of the current scope makes of `x` [rows, in] to its output `y` [rows, out]. */
export function adapted(b: Builder, x: Value, y: Value): Value {
  const found = building.get(b);
  const weight = b.fullName("weight");
  if (found === undefined || !found.lora.adapts(weight.slice(0, -".weight".length))) return y;
  const { rank } = found.lora;
  const [into, out] = [extentOf(x.shape, 1), extentOf(y.shape, 1)];
  if (rank > Math.min(into, out)) {
    throw new ModelError(`an adapter of rank ${rank} on a layer of ${into} inputs and ${out} outputs; lower \`rank\``);
  }
  found.used += 1;
  const down = b.parameter("lora_A", [rank, into], {
    role: "adapter",
    init: { kind: "uniform", bound: 1 / Math.sqrt(into) },
  });
  const up = b.parameter("lora_B", [out, rank], { role: "adapter", init: { kind: "constant", value: 0 } });
  return plusLowRank(b, { x, y, down, up }, found.lora.scale);
}

interface LowRank {
  readonly x: Value;
  readonly y: Value;
  readonly down: Value;
  readonly up: Value;
}

function plusLowRank(b: Builder, { x, y, down, up }: LowRank, scale: number): Value {
  const low = b.matmul(x, down, { transposeB: true });
  return b.add(y, b.matmul(low, up, { transposeB: true, alpha: scale }));
}

/** The same of outputs [from, to) of a layer whose tensors are declared already under `module`. */
export function adaptedRows(
  b: Builder,
  module: string,
  x: Value,
  y: Value,
  [from, to]: readonly [number, number],
): Value {
  const found = building.get(b);
  const [down, up] = [b.stateValue(`${module}.lora_A`), b.stateValue(`${module}.lora_B`)];
  if (found === undefined || down === undefined || up === undefined) return y;
  return plusLowRank(b, { x, y, down, up: b.sliceAxis(up, 0, from, to) }, found.lora.scale);
}
