/**
 * Optimizer updates are the same arithmetic on every tensor. Tensors that share it are laid end to end in one buffer, so
 * that a step updates them by a dozen nodes instead of a dozen nodes each; forward and backward see views of that buffer.
 */

import { sizeOf } from "../../../program/shape.js";
import type { Operation, Program, ProgramBundle, Value } from "../../../program/types.js";

/**
 * Buffers end in zeros up to a multiple of this, so that a sum over one can be taken in as many parts: more precise than
 * one long float32 sum.
 */
export const PARTS = 256;

type Update = Extract<Operation, { kind: "adam" | "sgd" }>;

/** What an optimizer keeps per tensor: inputs that are state, and the outputs that follow them. */
const SLOTS = {
  adam: [
    { role: "parameter", input: 0, output: 0 },
    { role: "m", input: 2, output: 1 },
    { role: "v", input: 3, output: 2 },
  ],
  sgd: [
    { role: "parameter", input: 0, output: 0 },
    { role: "velocity", input: 2, output: 1 },
  ],
} as const;
const GRADIENT_INPUT = 1;

export type SlotRole = "parameter" | "m" | "v" | "velocity";

/** Updates of one program that are done as one. */
export interface PackedUpdate {
  readonly updates: readonly Update[];
  /** Buffer names by role. */
  readonly buffers: ReadonlyMap<SlotRole, string>;
  /** Gradients in the buffers' order, before a common factor. */
  readonly gradients: readonly Value[];
  /** One number that multiplies every gradient (the clip), if there is one. */
  readonly factor: Value | undefined;
  /** Elements of a buffer. */
  readonly size: number;
}

export interface Packing {
  /** Where a state lies; states that are not here have a buffer of their own. */
  readonly places: ReadonlyMap<string, { readonly buffer: string; readonly offset: number }>;
  /** Buffer name → number of elements. */
  readonly buffers: ReadonlyMap<string, number>;
  readonly byProgram: ReadonlyMap<Program, readonly PackedUpdate[]>;
}

/** The programs of a bundle share buffers, so the first program that updates a state decides where it lies. */
export function packBundle(bundle: ProgramBundle): Packing {
  const places = new Map<string, { buffer: string; offset: number }>();
  const buffers = new Map<string, number>();
  const byProgram = new Map<Program, readonly PackedUpdate[]>();
  for (const program of Object.values(bundle.programs)) {
    const packed: PackedUpdate[] = [];
    for (const group of groupsOf(program)) {
      if (group.some((member) => [...member.names.values()].some((name) => places.has(name)))) continue;
      packed.push(place(group, places, buffers));
    }
    byProgram.set(program, packed);
  }
  return { places, buffers, byProgram };
}

interface Member {
  readonly update: Update;
  /** State names by role. */
  readonly names: ReadonlyMap<SlotRole, string>;
}

function groupsOf(program: Program): readonly (readonly Member[])[] {
  const states = new Map(program.state.map(({ name, value }) => [value.id, name]));
  const updated = new Map(program.updates.map(({ name, value }) => [name, value.id]));
  const read = new Set(program.operations.flatMap(({ inputs }) => inputs.map(({ id }) => id)));
  for (const { value } of program.fetches) read.add(value.id);
  const groups = new Map<string, Member[]>();
  for (const operation of program.operations) {
    if (operation.kind !== "adam" && operation.kind !== "sgd") continue;
    const names = namesOf(operation, states, updated, read);
    if (names === undefined) continue;
    const key = groupKey(operation);
    groups.set(key, [...(groups.get(key) ?? []), { update: operation, names }]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/** The states an update reads and replaces, if that is all that happens to them. */
function namesOf(
  update: Update,
  states: ReadonlyMap<number, string>,
  updated: ReadonlyMap<string, number>,
  read: ReadonlySet<number>,
): ReadonlyMap<SlotRole, string> | undefined {
  const names = new Map<SlotRole, string>();
  for (const { role, input, output } of SLOTS[update.kind]) {
    const [before, after] = [update.inputs[input], update.outputs[output]];
    const name = before === undefined ? undefined : states.get(before.id);
    if (name === undefined || after === undefined || updated.get(name) !== after.id || read.has(after.id))
      return undefined;
    names.set(role, name);
  }
  return names;
}

/** Equal keys: the same arithmetic with the same scalars. */
function groupKey(update: Update): string {
  const state: readonly number[] = SLOTS[update.kind].map(({ input }) => input);
  const scalars = update.inputs.flatMap(({ id }, index) =>
    index === GRADIENT_INPUT || state.includes(index) ? [] : [id],
  );
  return JSON.stringify([update.kind, update.attributes, scalars]);
}

function place(
  group: readonly Member[],
  places: Map<string, { buffer: string; offset: number }>,
  buffers: Map<string, number>,
): PackedUpdate {
  const index = buffers.size;
  const named = new Map<SlotRole, string>();
  let size = 0;
  for (const { update, names } of group) {
    for (const [role, name] of names) {
      const buffer = `packed.${index}.${role}`;
      named.set(role, buffer);
      places.set(name, { buffer, offset: size });
    }
    size += sizeOf(update.inputs[GRADIENT_INPUT]?.shape ?? []);
  }
  size = Math.ceil(size / PARTS) * PARTS;
  for (const buffer of named.values()) buffers.set(buffer, size);
  const updates = group.map(({ update }) => update);
  const gradients = updates.flatMap(({ inputs }) => inputs[GRADIENT_INPUT] ?? []);
  return { updates, buffers: named, gradients, factor: undefined, size };
}

/**
 * Takes a factor common to all gradients (g·f, as clipping writes it) out of the group, and says which products are
 * thereby not needed any more.
 */
export function takeOutFactor(
  packed: PackedUpdate,
  producer: (value: Value) => Operation | undefined,
  isReadByUpdatesOnly: (value: Value) => boolean,
): { readonly packed: PackedUpdate; readonly absorbed: readonly Operation[] } {
  const products = packed.gradients.flatMap((gradient) => {
    const product = producer(gradient);
    return product?.kind === "mul" && isReadByUpdatesOnly(gradient) ? [product] : [];
  });
  const factor = products[0]?.inputs.find(
    ({ id, shape }) => sizeOf(shape) === 1 && products.every(({ inputs }) => inputs.some((input) => input.id === id)),
  );
  if (factor === undefined || products.length < packed.gradients.length) return { packed, absorbed: [] };
  const gradients = products.flatMap(({ inputs }) => inputs.find(({ id }) => id !== factor.id) ?? []);
  const whole = gradients.every((raw, index) => sizeOf(raw.shape) === sizeOf(packed.gradients[index]?.shape ?? []));
  if (gradients.length < products.length || !whole) return { packed, absorbed: [] };
  return { packed: { ...packed, gradients, factor }, absorbed: products };
}
