/** Drops operations nothing fetched or kept depends on. Feeds and state stay: they are the program's signature. */

import type { Operation, Program } from "../types.js";

export function dropDead(program: Program): Program {
  const needed = new Set([...program.fetches, ...program.updates].map(({ value }) => value.id));
  const kept: Operation[] = [];
  for (const operation of [...program.operations].reverse()) {
    if (!operation.outputs.some((output) => needed.has(output.id))) continue;
    for (const input of operation.inputs) needed.add(input.id);
    kept.push(operation);
  }
  return { ...program, operations: kept.reverse() };
}
