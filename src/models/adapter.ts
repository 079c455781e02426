/**
 * Adapters on linear layers. Low-rank ones (LoRA; Hu et al. 2021, arXiv:2106.09685): a linear layer W x becomes W x + (alpha / rank) · B (A x),
 * A [rank, in] drawn as PyTorch draws a linear layer (Kaiming uniform, a = √5), B [out, rank] zero, so that a fresh
 * adapter changes nothing. Tensors `lora_A` and `lora_B` beside `weight`, as in loralib. A model's parameters `lora_rank`,
 * `lora_alpha` and `lora_on` (patterns of module names, apart by a space) say which; `bottleneck_width` and
 * `bottleneck_on` those of the other kind, in `bottleneck.ts`.
 */

import type { Builder } from "../program/builder.js";
import { extentOf } from "../program/shape.js";
import type { Value } from "../program/types.js";
import { bottlenecked, bottleneckedAgain, bottleneckOf, bottleneckParams } from "./bottleneck.js";
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

interface Building {
  readonly lora: Lora | undefined;
  readonly bottleneck: ReturnType<typeof bottleneckOf>;
  /** Kinds that a layer has. */
  readonly used: Set<"lora" | "bottleneck">;
}

/** Of the model that is being built on a builder. */
const building = new WeakMap<Builder, Building>();

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
  const { lora_rank: _, lora_alpha: __, lora_on: ___, ...others } = spec.params;
  const { bottleneck_width: ____, bottleneck_on: _____, ...params } = others;
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
  const [lora, bottleneck] = [loraOf(spec), bottleneckOf(spec)];
  if (lora === undefined && bottleneck === undefined) return family;
  return {
    ...family,
    build(b, images, model, mode) {
      const used: Building["used"] = new Set();
      building.set(b, { lora, bottleneck, used });
      try {
        const outputs = family.build(b, images, model, mode);
        const vain = [
          lora !== undefined && !used.has("lora") ? loraParams(spec)?.on : undefined,
          bottleneck !== undefined && !used.has("bottleneck") ? bottleneckParams(spec)?.on : undefined,
        ].find((on) => on !== undefined);
        if (vain === undefined) return outputs;
        throw new ModelError(`${model.family}: no linear layer is called \`${vain}\`, which the adapter is to be on`);
      } finally {
        building.delete(b);
      }
    },
  };
}

/** Adds what an adapter on the linear layer of the current scope makes of `x` [rows, in] to its output `y` [rows, out]. */
export function adapted(b: Builder, x: Value, y: Value): Value {
  const found = building.get(b);
  if (found === undefined) return y;
  const module = b.fullName("weight").slice(0, -".weight".length);
  const { lora, bottleneck, used } = found;
  let out = y;
  if (lora?.adapts(module)) {
    out = lowRank(b, x, y, lora);
    used.add("lora");
  }
  if (bottleneck?.adapts(module)) {
    out = bottlenecked(b, out, bottleneck.width);
    used.add("bottleneck");
  }
  return out;
}

function lowRank(b: Builder, x: Value, y: Value, { rank, scale }: Lora): Value {
  const [into, out] = [extentOf(x.shape, 1), extentOf(y.shape, 1)];
  if (rank > Math.min(into, out)) {
    throw new ModelError(`an adapter of rank ${rank} on a layer of ${into} inputs and ${out} outputs; lower \`rank\``);
  }
  const down = b.parameter("lora_A", [rank, into], {
    role: "adapter",
    init: { kind: "uniform", bound: 1 / Math.sqrt(into) },
  });
  const up = b.parameter("lora_B", [out, rank], { role: "adapter", init: { kind: "constant", value: 0 } });
  return plusLowRank(b, { x, y, down, up }, scale);
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
  const lora = building.get(b)?.lora;
  const [down, up] = [b.stateValue(`${module}.lora_A`), b.stateValue(`${module}.lora_B`)];
  const plus =
    lora === undefined || down === undefined || up === undefined
      ? y
      : plusLowRank(b, { x, y, down, up: b.sliceAxis(up, 0, from, to) }, lora.scale);
  return bottleneckedAgain(b, module, plus);
}
