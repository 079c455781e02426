/** Whose tensors these are: what to tell someone whose checkpoint is of another model than they said. */

import { entries } from "../catalog/index.js";
import { ModelError } from "./parameters.js";
import { resolvePreset } from "./presets.js";
import { traceModel } from "./trace.js";
import type { TensorInfo } from "./types.js";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** What most likely made them differ from `wanted`, as a sentence without its full stop; undefined where nobody knows. */
export function likelyCause(shapes: Shapes, wanted: readonly TensorInfo[]): string | undefined {
  const prefix = commonPrefix([...shapes.keys()], wanted);
  if (prefix !== undefined) return `all its names begin with \`${prefix}\`, which timm's do not: save them without`;
  const models = recognize(shapes);
  return models.length === 0 ? undefined : `these are the tensors of ${models.join(" or ")}`;
}

/** A module path that all names carry in front of the wanted ones: `encoder.`, `w.`. */
function commonPrefix(names: readonly string[], wanted: readonly TensorInfo[]): string | undefined {
  for (const { name } of wanted) {
    const carrier = names.find((each) => each.endsWith(`.${name}`));
    if (carrier === undefined) continue;
    const prefix = carrier.slice(0, carrier.length - name.length);
    if (names.every((each) => each.startsWith(prefix))) return prefix;
  }
  return undefined;
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
