/** The catalogue's named models and timm's names for them, resolved to a family, its parameters and input size. */

import { entries } from "../catalog/index.js";
import type { Json, ModelEntry } from "../catalog/types.js";
import type { ModelSpec } from "./types.js";

export interface Preset {
  /** The family's catalogue id. */
  readonly family: string;
  readonly version: number;
  /** Every parameter of the family but `size`. */
  readonly params: ModelSpec["params"];
  /** Height and width of the input, px. */
  readonly size: number;
}

function isParameter(value: Json | undefined): value is ModelSpec["params"][string] {
  if (Array.isArray(value)) return value.every((item) => typeof item === "number");
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean";
}

function presetOf(entry: ModelEntry, family: ModelEntry): Preset {
  // what acts in training only is no part of a model but of a training
  const lasting = Object.entries(family.parameters).filter(([, { phase }]) => phase !== "training");
  const defaults = lasting.map(([name, schema]) => [name, schema.default] as const);
  const filled = { ...Object.fromEntries(defaults), ...entry.preset?.params };
  const { size, ...rest } = filled;
  const params: Record<string, ModelSpec["params"][string]> = {};
  for (const [name, value] of Object.entries(rest)) if (isParameter(value)) params[name] = value;
  return { family: family.id, version: family.version, params, size: typeof size === "number" ? size : 224 };
}

/** Presets by every name they go by: `resnet18`, `deit_small`, `deit_small_patch16_224`. */
export const presets: ReadonlyMap<string, Preset> = new Map(
  entries("model").flatMap((entry) => {
    const family = entries("model").find(({ id }) => id === entry.preset?.of);
    if (family === undefined) return [];
    const preset = presetOf(entry, family);
    return [entry.id, ...(entry.aliases ?? [])].map((name): [string, Preset] => [name, preset]);
  }),
);

/** Family, parameters and input size of a named model, or `undefined` where no preset has that name. */
export function resolvePreset(id: string): Preset | undefined {
  return presets.get(id);
}
