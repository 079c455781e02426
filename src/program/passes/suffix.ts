/** The part of a program that changes when some of its state does, fed with what the rest makes of the images. */

import type { Operation, Program, Value } from "../types.js";
import { dropDead } from "./dead.js";

export interface Suffix {
  /** Values of the whole program that depend on its feeds and not on what changes: they are made once. */
  readonly frontier: readonly Value[];
  /** Feeds `frontierName` of each; fetches what depends on what changes. State beyond what it reads stays declared. */
  readonly program: Program;
}

/** What a frontier value is called, fed or fetched. */
export function frontierName({ id }: Value): string {
  return `frontier.${id}`;
}

/** Undefined where what changes is read beside the feeds themselves, so that nothing of a call can be kept. */
export function suffixOf(program: Program, changed: ReadonlySet<string>): Suffix | undefined {
  const ids = (values: readonly { readonly value: Value }[]) => values.map(({ value }) => value.id);
  const fed = reached(program.operations, new Set(ids(program.feeds)));
  const dirty = reached(program.operations, new Set(ids(program.state.filter(({ name }) => changed.has(name)))));
  const frontier = new Map<number, Value>();
  const operations: Operation[] = [];
  for (const operation of program.operations) {
    const isDirty = operation.outputs.some(({ id }) => dirty.has(id));
    // what no image reaches (a norm's factors) is made of the state again
    if (isDirty || !operation.outputs.some(({ id }) => fed.has(id))) operations.push(operation);
    if (!isDirty) continue;
    for (const value of operation.inputs) if (fed.has(value.id) && !dirty.has(value.id)) frontier.set(value.id, value);
  }
  if (program.feeds.some(({ value }) => frontier.has(value.id))) return undefined;
  const values = [...frontier.values()];
  const suffix: Program = {
    name: "suffix",
    feeds: values.map((value) => ({ name: frontierName(value), value })),
    state: program.state,
    operations,
    fetches: program.fetches.filter(({ value }) => dirty.has(value.id)),
    updates: [],
  };
  return { frontier: values, program: readOnly(dropDead(suffix)) };
}

/** The whole program, which also fetches these. */
export function prefixFor(program: Program, frontier: readonly Value[]): Program {
  return {
    ...program,
    fetches: [...program.fetches, ...frontier.map((value) => ({ name: frontierName(value), value }))],
  };
}

/** State nothing reads is none of its own: so much less is loaded. */
function readOnly(program: Program): Program {
  const read = new Set(program.operations.flatMap(({ inputs }) => inputs.map(({ id }) => id)));
  return { ...program, state: program.state.filter(({ value }) => read.has(value.id)) };
}

/** Everything that depends on these, themselves included. */
function reached(operations: readonly Operation[], from: Set<number>): ReadonlySet<number> {
  for (const { inputs, outputs } of operations) {
    if (inputs.some(({ id }) => from.has(id))) for (const { id } of outputs) from.add(id);
  }
  return from;
}
