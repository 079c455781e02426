/** Merges operations that compute the same: equal kind, attributes and inputs; constants of equal content. */

import type { Operation, Program, Value } from "../types.js";

/** Constants above this many elements go into a key by the first array of their content, not spelled out. */
const COMPARED_ELEMENTS = 4096;

type Elements = Float32Array | Int32Array;

function isSame(a: Elements, b: Elements): boolean {
  return a === b || (a.length === b.length && a.every((element, i) => Object.is(element, b[i])));
}

/** Ids of arrays too long to be spelled out in a key: equal content, equal id. */
class Identities {
  readonly #known: Elements[] = [];

  of(data: Elements): number {
    const id = this.#known.findIndex((known) => isSame(known, data));
    return id >= 0 ? id : this.#known.push(data) - 1;
  }
}

function constantKey(data: Elements, value: Value | undefined, identities: Identities): string {
  const content =
    data.length > COMPARED_ELEMENTS
      ? `#${identities.of(data)}`
      : Array.from(data, (n) => (Object.is(n, -0) ? "-0" : String(n))).join(",");
  return `constant ${value?.dtype} ${value?.shape.join("×")} ${content}`;
}

/** JSON writes every non-finite number as null; here they stay apart. */
const spelledOut = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

function keyOf(operation: Operation, inputs: readonly Value[], identities: Identities): string {
  if (operation.kind === "constant") {
    return constantKey(operation.attributes.data, operation.outputs[0], identities);
  }
  return `${operation.kind} ${JSON.stringify(operation.attributes, spelledOut)} ${inputs.map((value) => value.id).join(",")}`;
}

export function mergeCommon(program: Program): Program {
  const identities = new Identities();
  const known = new Map<string, readonly Value[]>();
  const replaced = new Map<number, Value>();
  const current = (value: Value): Value => replaced.get(value.id) ?? value;
  const operations: Operation[] = [];
  for (const operation of program.operations) {
    const inputs = operation.inputs.map(current);
    const key = keyOf(operation, inputs, identities);
    const twin = known.get(key);
    if (twin === undefined) {
      known.set(key, operation.outputs);
      operations.push({ ...operation, inputs });
      continue;
    }
    operation.outputs.forEach((output, index) => {
      const other = twin[index];
      if (other !== undefined) replaced.set(output.id, other);
    });
  }
  const renamed = <T extends { readonly value: Value }>(list: readonly T[]): T[] =>
    list.map((entry) => ({ ...entry, value: current(entry.value) }));
  return { ...program, operations, fetches: renamed(program.fetches), updates: renamed(program.updates) };
}
