/** Weights that must be a model's own: every tensor of it, and none else. */

import { likelyCause } from "../../models/recognize.js";
import type { TensorInfo } from "../../models/types.js";
import { formatShape, sameShape } from "../../program/shape.js";
import type { TensorData } from "../../program/types.js";
import { CheckpointError, named } from "./errors.js";
import type { LoadedWeights } from "./load.js";

/** In the model's order. @throws CheckpointError that counts and names what is missing, extra or misshapen */
export function strictState(model: readonly TensorInfo[], weights: LoadedWeights): Map<string, TensorData> {
  const { file, tensors } = weights;
  const known = new Set(model.map(({ name }) => name));
  const missing = model.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  const extra = [...tensors.keys()].filter((name) => !known.has(name));
  const misshapen = model.flatMap(({ name, shape, role }) => {
    const found = tensors.get(name);
    if (found === undefined || sameShape(found.shape, shape)) return [];
    const size =
      role === "position" || role === "relative-position" ? " (give images of the size it was trained with)" : "";
    return [`${name} is ${formatShape(found.shape)}, not ${formatShape(shape)}${size}`];
  });
  const problems = [
    ...(missing.length > 0 ? [`lacks ${listed(missing)} of the model's ${model.length} tensors`] : []),
    ...(extra.length > 0 ? [`has ${listed(extra)}, which this model has not`] : []),
    ...(misshapen.length > 0 ? [`of another shape: ${listed(misshapen)}`] : []),
  ];
  if (problems.length > 0) throw new CheckpointError(file, problems.join("; "), hintFor(model, weights));
  return new Map(model.map((tensor) => [tensor.name, numbersOf(tensor, tensors.get(tensor.name))]));
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.length} (${named(names)})` : named(names);
}

function hintFor(model: readonly TensorInfo[], { tensors }: LoadedWeights): string {
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  return likelyCause(shapes, model, (prefix) => `give \`--prefix ${prefix}\``) ?? "check the model and its parameters";
}

function numbersOf({ shape, dtype }: TensorInfo, given: TensorData | undefined): TensorData {
  const data = given?.data ?? [];
  if (dtype === "i32") return { shape, data: data instanceof Int32Array ? data : Int32Array.from(data) };
  return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
