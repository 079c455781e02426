/** Whose tensors these are: what to tell someone whose checkpoint is of another model than they said. */

import { entries } from "../catalog/index.js";
import { ModelError } from "./parameters.js";
import { resolvePreset } from "./presets.js";
import { traceModel } from "./trace.js";
import type { TensorInfo } from "./types.js";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** How a study is told to read names without what stands before them. */
const withoutPrefix = (prefix: string): string => `write \`weights("…", prefix: "${prefix}")\``;

/**
 * What most likely made them differ from `wanted`, as a sentence without its full stop; undefined where nobody knows.
 * @param remedy what to do about a prefix
 */
export function likelyCause(
  shapes: Shapes,
  wanted: readonly TensorInfo[],
  remedy: (prefix: string) => string = withoutPrefix,
): string | undefined {
  const names = [...shapes.keys()];
  const prefixes = prefixesOf(names, wanted);
  const [prefix] = prefixes;
  if (prefix !== undefined) {
    const which = prefixes.map((each) => `\`${each}\``).join(" and ");
    const all = names.every((name) => name.startsWith(prefix));
    const where = all ? `all its names begin with ${which}` : `tensors of this model are behind ${which}`;
    return `${where}, which timm's names are without: ${remedy(prefix)}`;
  }
  const models = recognize(shapes);
  return models.length === 0 ? undefined : `these are the tensors of ${models.join(" or ")}`;
}

/** What stands before the names of a whole backbone, else before all names: `module.encoder_q.` and `module.encoder_k.`. */
function prefixesOf(names: readonly string[], wanted: readonly TensorInfo[]): readonly string[] {
  const there = new Set(names);
  const backbone = wanted.flatMap(({ place, role, name }) =>
    place.kind === "head" || role === "counter" ? [] : [name],
  );
  const [first] = backbone;
  if (first === undefined || backbone.every((name) => there.has(name))) return [];
  const whole = prefixesBefore(names, first).filter((prefix) => backbone.every((name) => there.has(prefix + name)));
  if (whole.length > 0) return whole;
  const common = wanted.flatMap(({ name }) => prefixesBefore(names, name).slice(0, 1));
  return common.filter((prefix) => names.every((name) => name.startsWith(prefix))).slice(0, 1);
}

function prefixesBefore(names: readonly string[], wanted: string): readonly string[] {
  const carriers = names.filter((name) => name.endsWith(`.${wanted}`));
  return carriers.map((name) => name.slice(0, name.length - wanted.length));
}

/** The catalogue's models with just these tensors; heads may be of any task, and images of any channels and size. */
export function recognize(shapes: Shapes): readonly string[] {
  return entries("model").flatMap(({ id }) => (isModel(id, shapes) ? [id] : []));
}

function isModel(id: string, shapes: Shapes): boolean {
  const preset = resolvePreset(id);
  if (preset === undefined) return false;
  const { family, version, params, size } = preset;
  try {
    const { tensors } = traceModel({ family, version, params, classes: 1, channels: 3, size });
    const known = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    return (
      [...shapes.keys()].every((name) => known.has(name)) &&
      tensors.every((tensor) => tensor.place.kind === "head" || isLike(tensor, shapes.get(tensor.name)))
    );
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
}

/** Equal but for input channels and the size of the image. */
function isLike({ role, shape, place }: TensorInfo, found: readonly number[] | undefined): boolean {
  if (found === undefined || found.length !== shape.length) return false;
  const first = role === "conv" && place.kind === "unit" && place.unit === 0;
  return role === "position" || shape.every((extent, axis) => extent === found[axis] || (first && axis === 1));
}
