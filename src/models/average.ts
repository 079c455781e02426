/** Exponential moving averages of a model's tensors, kept beside them: timm's ModelEmaV2. */

import { Builder } from "../program/builder.js";
import { simplify } from "../program/passes/index.js";
import type { Program } from "../program/types.js";
import type { ModelInfo, TensorInfo } from "./types.js";

const PREFIX = "ema.";

/** Every tensor that training may change; counters are the model's own. */
export function averagedTensors(info: Pick<ModelInfo, "tensors">, frozen: readonly string[]): readonly TensorInfo[] {
  const held = new Set(frozen);
  return info.tensors.filter(({ name, dtype }) => dtype === "f32" && !held.has(name));
}

export const averageName = (tensor: string): string => `${PREFIX}${tensor}`;

/** Where the averages of these tensors are kept; others are what they are. */
export function storedAverages(tensors: readonly TensorInfo[]): (tensor: string) => string {
  const averaged = new Set(tensors.map(({ name }) => name));
  return (name) => (averaged.has(name) ? averageName(name) : name);
}

/** `average`, run after every step: average ← decay · average + (1 − decay) · tensor. */
export function buildAverage(tensors: readonly TensorInfo[], decay: number): Program {
  const b = new Builder("average");
  for (const { name, shape } of tensors) {
    const tensor = b.state(name, shape);
    const average = b.state(averageName(name), shape);
    b.update(averageName(name), b.add(b.scale(average, decay), b.scale(tensor, 1 - decay)));
  }
  return simplify(b.build());
}
