/** L2 distance of two states, layer by layer. */

import { type L2Distance, l2, type Tensor } from "../../analysis/index.js";
import type { ModelInfo, TensorInfo } from "../../models/types.js";
import type { ProbeRow } from "../results/types.js";
import type { NamedTensors } from "../state/safetensors.js";

export interface L2Settings {
  /** `as_published`: every layer reports the number of the whole state. */
  readonly estimator: "corrected" | "as_published";
  readonly distance: L2Distance;
}

export function l2Settings(estimator: string, distance: string): L2Settings {
  if (estimator !== "corrected" && estimator !== "as_published") throw new Error(`no estimator ${estimator} of l2`);
  if (distance !== "per_weight" && distance !== "raw" && distance !== "relative") {
    throw new Error(`no distance ${distance}; there is per_weight, raw, relative`);
  }
  return { estimator, distance };
}

/** Norms and buffers are left out; a layer without weights of its own has no row. */
export function l2Rows(
  info: ModelInfo,
  a: NamedTensors,
  b: NamedTensors,
  { estimator, distance }: L2Settings,
): { readonly rows: readonly ProbeRow[]; readonly warnings: readonly string[] } {
  const weights = new Set(info.tensors.filter(isWeight).map(({ name }) => name));
  const apart = (names: readonly string[]) => l2(pick(a, names), pick(b, names), { distance });
  const whole = estimator === "as_published" ? apart([...weights]) : undefined;
  const rows = info.layers.flatMap(({ name, tensors }) => {
    const own = tensors.filter((tensor) => weights.has(tensor));
    return own.length === 0 ? [] : [{ inner: { layer: name }, value: whole ?? apart(own) }];
  });
  const without = rows.filter(({ value }) => Number.isNaN(value)).map(({ inner }) => inner.layer);
  const zero = `there is no relative distance from weights that are all 0: ${without.join(", ")}`;
  return { rows, warnings: without.length === 0 ? [] : [zero] };
}

function isWeight({ trainable, role }: TensorInfo): boolean {
  return trainable && role !== "norm-scale" && role !== "norm-shift";
}

function pick(state: NamedTensors, names: readonly string[]): readonly Tensor[] {
  return names.map((name) => {
    const tensor = state.get(name);
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`the state has no weights ${name}`);
    return { data: tensor.data, shape: tensor.shape };
  });
}
