/** How much memory a program needs, counted from its shapes and the lifetimes of its values. */

import { sizeOf } from "./shape.js";
import type { DType, Operation, Program, Value } from "./types.js";

const ELEMENT_BYTES: { readonly [T in DType]: number } = { f32: 4, i32: 4, bf16: 2, f16: 2 };

const bytesOf = ({ shape, dtype }: Value): number => sizeOf(shape) * ELEMENT_BYTES[dtype];

export interface MemoryProfile {
  /** State, and what replaces it: the old value is read while the new one is written. */
  readonly state: number;
  /** What is given at every call. */
  readonly feeds: number;
  /** The most that operations hold at one moment, beyond state and feeds. */
  readonly working: number;
  /** The largest single value of all. */
  readonly largest: number;
}

/**
 * Memory by liveness: a value lives from the operation that makes it to the last that reads it; fetches and updates
 * live to the end, constants from the start. A reshape is a view and costs nothing. Engines reuse memory across
 * elementwise operations and need workspace for others, so theirs differs by a factor that is measured, not computed.
 */
export function memoryOf(program: Program): MemoryProfile {
  const root = roots(program.operations);
  const entering = [...program.state, ...program.feeds].map(({ value }) => value);
  const resident = new Set(entering.map(({ id }) => id));
  const next = new Map(program.updates.map(({ value }) => [root(value), value]));
  for (const id of resident) next.delete(id);
  const last = lastReads(program.operations, root);
  for (const { value } of program.fetches) last.set(root(value), Number.POSITIVE_INFINITY);
  return {
    state: total(program.state.map(({ value }) => value)) + total(next.values()),
    feeds: total(program.feeds.map(({ value }) => value)),
    working: peakOf(program.operations, last, (value) => root(value) === value.id && !next.has(value.id)),
    largest: [...entering, ...program.operations.flatMap(({ outputs }) => outputs)].reduce(
      (most, value) => Math.max(most, bytesOf(value)),
      0,
    ),
  };
}

function total(values: Iterable<Value>): number {
  let bytes = 0;
  for (const value of values) bytes += bytesOf(value);
  return bytes;
}

/** State, feeds and the most that operations hold at one moment. */
export function peakBytes(program: Program): number {
  const { state, feeds, working } = memoryOf(program);
  return state + feeds + working;
}

/** The value whose memory a value is a view of. */
function roots(operations: readonly Operation[]): (value: Value) => number {
  const viewed = new Map<number, number>();
  for (const { kind, inputs, outputs } of operations) {
    const [from, to] = [inputs[0], outputs[0]];
    if (kind === "reshape" && from !== undefined && to !== undefined) viewed.set(to.id, viewed.get(from.id) ?? from.id);
  }
  return ({ id }) => viewed.get(id) ?? id;
}

function lastReads(operations: readonly Operation[], root: (value: Value) => number): Map<number, number> {
  const last = new Map<number, number>();
  for (const [at, { inputs }] of operations.entries()) for (const input of inputs) last.set(root(input), at);
  return last;
}

function peakOf(
  operations: readonly Operation[],
  last: ReadonlyMap<number, number>,
  counted: (value: Value) => boolean,
): number {
  const ending = new Map<number, number>();
  let live = 0;
  for (const { kind, outputs } of operations) {
    if (kind === "constant") for (const value of outputs) if (counted(value)) live += bytesOf(value);
  }
  let peak = live;
  for (const [at, { kind, outputs }] of operations.entries()) {
    for (const value of kind === "constant" ? [] : outputs.filter(counted)) {
      live += bytesOf(value);
      // a value no one reads is gone when its operation ends
      const end = Math.max(at, last.get(value.id) ?? at);
      if (Number.isFinite(end)) ending.set(end, (ending.get(end) ?? 0) + bytesOf(value));
    }
    peak = Math.max(peak, live);
    live -= ending.get(at) ?? 0;
  }
  return peak;
}

/** Counts beyond this are no batch anyone trains with. */
const LARGEST_BATCH = 65_536;

/**
 * The largest batch whose need is within `available`; 0 where not even one image fits. The need must not fall with the
 * batch. By liveness it is a maximum of sums that grow evenly with the batch, so a few straight lines find it.
 */
export function largestBatch(needs: (batch: number) => number, available: number): number {
  const one = needs(1);
  if (one > available) return 0;
  let [fits, fails] = [1, LARGEST_BATCH + 1];
  for (let guess = 2; fails - fits > 1; ) {
    const need = needs(guess);
    if (need <= available) fits = guess;
    else fails = guess;
    // where the line through one image and this guess meets the limit; the middle where that is known already
    const met = 1 + Math.floor(((available - one) * (guess - 1)) / Math.max(1, need - one));
    guess = met > fits && met < fails ? met : (fits + fails) >> 1;
  }
  return fits;
}
