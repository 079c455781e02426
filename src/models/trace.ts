/** Traces a model once to learn everything there is to know about it: tensors, units, probe layers, cost. */

import { Builder } from "../program/builder.js";
import { flopsOf } from "../program/cost.js";
import type { TensorDeclaration } from "../program/declarations.js";
import { sizeOf } from "../program/shape.js";
import { broughtFamily, familyOf } from "./families.js";
import { ModelError } from "./parameters.js";
import type { LayerInfo, ModelInfo, ModelSpec, TensorInfo, UnitInfo } from "./types.js";

const memory = new Map<string, ModelInfo>();
/** An editor session may try many sizes; the memory starts afresh beyond this many. */
const MEMORY_LIMIT = 512;

/** One text per meaning: parameters in the order of their names. */
export function canonicalSpec(spec: ModelSpec): string {
  const params = Object.entries(spec.params).sort(([a], [b]) => (a < b ? -1 : 1));
  const own = spec.plugin === undefined ? [] : [spec.plugin.digest];
  return JSON.stringify([spec.family, spec.version, params, spec.classes, spec.channels, spec.size, ...own]);
}

/** What decides how fast a model is, beside the batch: all but its classes and channels, which touch two layers. */
export function speedKey({ family, params, size }: ModelSpec): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([family, sorted, size]);
}

/** Everything about a model; the same object for the same spec. Throws a `ModelError` where it cannot be built. */
export function traceModel(spec: ModelSpec): ModelInfo {
  const key = canonicalSpec(spec);
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MEMORY_LIMIT) memory.clear();
  const info = trace(spec);
  memory.set(key, info);
  return info;
}

/** Whether a tensor lies under a module path: whole segments, so `fc` is not `blocks.0.mlp.fc1`. */
export function isUnder(tensor: string, path: string): boolean {
  return tensor === path || tensor.startsWith(`${path}.`);
}

function trace(spec: ModelSpec): ModelInfo {
  const brought = broughtFamily(spec);
  if (brought?.kind === "elsewhere") return brought.trace(spec);
  const family = familyOf(spec);
  const units = family.units(spec);
  const builder = new Builder("trace");
  const images = builder.feed("x", [1, spec.channels, spec.size, spec.size]);
  const outputs = family.build(builder, images, spec, "evaluate");
  const tensors = builder.tensors.map((tensor) => placed(tensor, units));
  return {
    tensors,
    units: units.map(({ name }, index): UnitInfo => ({ name, tensors: tensorsIn(tensors, index) })),
    layers: family.layers(spec).map(({ name, prefixes }): LayerInfo => {
      const tap = outputs.taps.get(name);
      if (tap === undefined) throw new ModelError(`${spec.family}: layer \`${name}\` has no tap`);
      const own = tensors.filter((tensor) => prefixes.some((prefix) => isUnder(tensor.name, prefix)));
      const heads = outputs.attention?.get(name)?.heads;
      return {
        name,
        shape: tap.shape.slice(1),
        tensors: own.map((tensor) => tensor.name),
        ...(outputs.withClassToken.has(name) ? { classToken: true as const } : {}),
        ...(heads === undefined ? {} : { heads }),
      };
    }),
    input: [spec.channels, spec.size, spec.size],
    classes: spec.classes,
    forwardFlops: flopsOf(builder.operations),
    parameterCount: tensors.reduce((sum, { trainable, shape }) => sum + (trainable ? sizeOf(shape) : 0), 0),
  };
}

type UnitPrefixes = readonly { readonly prefixes: readonly string[] }[];

function placed(tensor: TensorDeclaration, units: UnitPrefixes): TensorInfo {
  const unit = units.findIndex(({ prefixes }) => prefixes.some((prefix) => isUnder(tensor.name, prefix)));
  return { ...tensor, place: unit < 0 ? { kind: "head" } : { kind: "unit", unit } };
}

function tensorsIn(tensors: readonly TensorInfo[], unit: number): readonly string[] {
  return tensors.flatMap(({ name, place }) => (place.kind === "unit" && place.unit === unit ? [name] : []));
}
