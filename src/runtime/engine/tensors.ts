/** Checks of what engines are given, and words for it. */

import { formatShape, sameShape, sizeOf } from "../../program/shape.js";
import type { DType, ProgramBundle, Shape, TensorData } from "../../program/types.js";
import { EngineError } from "./errors.js";

export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export const describe = ({ dtype, shape }: TensorSpec): string => `${dtype} ${formatShape(shape)}`;

/** Throws where a tensor is not what is due, or its data do not fill its shape. */
export function checkTensor(what: string, given: TensorData, due: TensorSpec): void {
  const dtype: DType = given.data instanceof Float32Array ? "f32" : "i32";
  if (dtype !== due.dtype || !sameShape(given.shape, due.shape)) {
    throw new EngineError(`${what} is ${describe({ dtype, shape: given.shape })} where ${describe(due)} is due`);
  }
  if (given.data.length !== sizeOf(due.shape)) {
    throw new EngineError(`${what} has ${given.data.length} elements, but its shape is ${formatShape(due.shape)}`);
  }
}

export function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `\`${name}\``)
    .join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** Every feed of a program must be given, as it is due, and none else. */
export function checkFeeds(
  program: string,
  due: readonly { readonly name: string; readonly value: TensorSpec }[],
  given: { readonly [name: string]: TensorData },
): void {
  const known = new Set(due.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new EngineError(`program \`${program}\` takes no feed ${listNames(unknown)}`);
  for (const { name, value } of due) {
    const tensor = given[name];
    if (tensor === undefined)
      throw new EngineError(`program \`${program}\` needs the feed \`${name}\`, ${describe(value)}`);
    checkTensor(`feed \`${name}\` of program \`${program}\``, tensor, value);
  }
}

/** The state all programs of a bundle share, in the order they name it; they must agree on it. */
export function statesOf(bundle: ProgramBundle): ReadonlyMap<string, TensorSpec> {
  const specs = new Map<string, TensorSpec>();
  for (const program of Object.values(bundle.programs)) {
    for (const { name, value } of program.state) {
      const known = specs.get(name);
      if (known === undefined) specs.set(name, { shape: value.shape, dtype: value.dtype });
      else if (known.dtype !== value.dtype || !sameShape(known.shape, value.shape)) {
        throw new EngineError(
          `program \`${program.name}\` has state \`${name}\` as ${describe(value)}, another program as ${describe(known)}`,
        );
      }
    }
  }
  return specs;
}
