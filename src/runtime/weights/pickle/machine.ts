/**
 * A pickle machine that can do nothing: it knows the opcodes that state dicts are written with, makes plain data of
 * them, and treats every name as in globals.ts. It looks nothing up, calls nothing and copies nothing, so time and
 * memory are bounded by the pickle's length; values that hold themselves, or each other a million times over, are only
 * references. (Python's pickletools describes each opcode.)
 */

import { CheckpointError } from "../errors.js";
import { call, type Refuse } from "./calls.js";
import { Cursor } from "./cursor.js";
import { allowedGlobal } from "./globals.js";
import { Stack } from "./stack.js";
import { clip, describe, isObject, type PickleObject, type PickleValue } from "./values.js";

export interface Pickle {
  readonly value: PickleValue;
  /** Where the next pickle or other bytes begin. */
  readonly end: number;
}

/** What a persistent id stands for: torch keeps storages by them. */
export type Persistent = (id: PickleValue, refuse: Refuse) => PickleValue;

/** @throws CheckpointError whatever is wrong with the pickle */
export function unpickle(data: Uint8Array, start: number, file: string, persistent: Persistent): Pickle {
  const refuse: Refuse = (problem) => {
    const place = `(at byte ${cursor.opcodeAt})`;
    throw new CheckpointError(file, `its pickle cannot be read: ${problem} ${place}`, SAVE_STATE_DICT);
  };
  const cursor = new Cursor(data, start, refuse);
  const machine: Machine = { file, cursor, stack: new Stack(refuse), memo: new Map(), persistent, refuse };
  let steps = 0;
  for (let code = cursor.opcode(); code !== STOP; code = cursor.opcode()) {
    if (++steps > MAX_STEPS) refuse("it is longer than that of any state dict");
    const read = LITERALS[code];
    const act = ACTIONS[code];
    if (read !== undefined) machine.stack.push(read(cursor));
    else if (act !== undefined) act(machine);
    else refuse(`opcode 0x${code.toString(16).padStart(2, "0")} is none that torch.save writes`);
  }
  return { value: machine.stack.pop(), end: cursor.position };
}

const STOP = 0x2e;
/** A tensor takes some thirty; what a hundred bytes a step may come to still fits into memory. */
const MAX_STEPS = 4_000_000;
const SAVE_STATE_DICT =
  "have the state dict alone saved: torch.save(model.state_dict(), FILE), or safetensors.torch.save_file(model.state_dict(), FILE)";

interface Machine {
  readonly file: string;
  readonly cursor: Cursor;
  readonly stack: Stack;
  readonly memo: Map<number, PickleValue>;
  readonly persistent: Persistent;
  readonly refuse: Refuse;
}

/** Opcodes that put down what follows them. */
const LITERALS: { readonly [code: number]: (cursor: Cursor) => PickleValue } = {
  78: () => null, // NONE
  136: () => true, // NEWTRUE
  137: () => false, // NEWFALSE
  74: (cursor) => cursor.int32(), // BININT
  75: (cursor) => cursor.byte(), // BININT1
  77: (cursor) => cursor.uint16(), // BININT2
  138: (cursor) => cursor.long(cursor.byte()), // LONG1
  139: (cursor) => cursor.long(cursor.uint32()), // LONG4
  71: (cursor) => cursor.float64(), // BINFLOAT
  88: (cursor) => cursor.text(cursor.uint32()), // BINUNICODE
  84: (cursor) => cursor.latin(cursor.uint32()), // BINSTRING, of Python 2: bytes as they are
  140: (cursor) => cursor.text(cursor.byte()), // SHORT_BINUNICODE
  85: (cursor) => cursor.latin(cursor.byte()), // SHORT_BINSTRING
  141: (cursor) => cursor.text(cursor.uint64()), // BINUNICODE8
  66: (cursor) => bytes(cursor, cursor.uint32()), // BINBYTES
  67: (cursor) => bytes(cursor, cursor.byte()), // SHORT_BINBYTES
  142: (cursor) => bytes(cursor, cursor.uint64()), // BINBYTES8
  150: (cursor) => bytes(cursor, cursor.uint64()), // BYTEARRAY8
  41: () => ({ kind: "tuple", items: [] }), // EMPTY_TUPLE
  93: () => ({ kind: "list", items: [] }), // EMPTY_LIST
  125: () => ({ kind: "dict", entries: [] }), // EMPTY_DICT
  143: () => ({ kind: "set" }), // EMPTY_SET
};

const ACTIONS: { readonly [code: number]: (machine: Machine) => void } = {
  // PROTO
  128: ({ cursor, refuse }) => {
    if (cursor.byte() > 5) refuse("it is of a later protocol than 5");
  },
  // FRAME: only tells how much can be read at once
  149: ({ cursor }) => {
    cursor.skip(8);
  },
  40: ({ stack }) => stack.mark(), // MARK
  48: ({ stack }) => stack.drop(), // POP
  // POP_MARK
  49: ({ stack }) => {
    stack.popToMark();
  },
  50: ({ stack }) => stack.push(stack.top()), // DUP
  116: ({ stack }) => stack.push({ kind: "tuple", items: stack.popToMark() }), // TUPLE
  133: ({ stack }) => stack.push({ kind: "tuple", items: stack.popMany(1) }), // TUPLE1
  134: ({ stack }) => stack.push({ kind: "tuple", items: stack.popMany(2) }), // TUPLE2
  135: ({ stack }) => stack.push({ kind: "tuple", items: stack.popMany(3) }), // TUPLE3
  108: ({ stack }) => stack.push({ kind: "list", items: stack.popToMark() }), // LIST
  100: ({ stack, refuse }) => stack.push({ kind: "dict", entries: pairs(stack.popToMark(), refuse) }), // DICT
  // FROZENSET
  145: ({ stack }) => {
    stack.popToMark();
    stack.push({ kind: "set" });
  },
  97: (machine) => append(machine, machine.stack.popMany(1)), // APPEND
  101: (machine) => append(machine, machine.stack.popToMark()), // APPENDS
  115: (machine) => setItems(machine, machine.stack.popMany(2)), // SETITEM
  117: (machine) => setItems(machine, machine.stack.popToMark()), // SETITEMS
  // ADDITEMS
  144: (machine) => {
    machine.stack.popToMark();
    const set = container(machine);
    if (set.kind !== "set" && set.kind !== "inert") machine.refuse(`it adds to ${describe(set)}`);
  },
  113: (machine) => remember(machine, machine.cursor.byte()), // BINPUT
  114: (machine) => remember(machine, machine.cursor.uint32()), // LONG_BINPUT
  148: (machine) => remember(machine, machine.memo.size), // MEMOIZE
  104: (machine) => recall(machine, machine.cursor.byte()), // BINGET
  106: (machine) => recall(machine, machine.cursor.uint32()), // LONG_BINGET
  99: (machine) => global(machine, machine.cursor.line(), machine.cursor.line()), // GLOBAL
  // STACK_GLOBAL
  147: (machine) => {
    const [module, name] = machine.stack.popMany(2);
    if (typeof module !== "string" || typeof name !== "string") machine.refuse("a name is no text");
    else global(machine, module, name);
  },
  81: ({ stack, persistent, refuse }) => stack.push(persistent(stack.pop(), refuse)), // BINPERSID
  82: reduce, // REDUCE
  129: reduce, // NEWOBJ
  // NEWOBJ_EX: keyword arguments are dropped with what they would make
  146: (machine) => {
    machine.stack.pop();
    reduce(machine);
  },
  // BUILD: an object's attributes; of an OrderedDict its `_metadata`, of a parameter its own. Nothing we read.
  98: (machine) => {
    machine.stack.pop();
    const { kind } = container(machine);
    if (kind !== "dict" && kind !== "inert" && kind !== "tensor") machine.refuse(`it sets attributes of a ${kind}`);
  },
};

function bytes(cursor: Cursor, length: number): PickleValue {
  cursor.skip(length);
  return { kind: "bytes" };
}

function pairs(items: readonly PickleValue[], refuse: Refuse): [PickleValue, PickleValue][] {
  if (items.length % 2 !== 0) return refuse("a key has no value");
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i] ?? null, items[2 * i + 1] ?? null]);
}

function append(machine: Machine, items: readonly PickleValue[]): void {
  const list = container(machine);
  if (list.kind === "list") for (const item of items) list.items.push(item);
  else if (list.kind !== "inert") machine.refuse(`it appends to ${describe(list)}`);
}

function setItems(machine: Machine, items: readonly PickleValue[]): void {
  const dict = container(machine);
  if (dict.kind === "dict") for (const pair of pairs(items, machine.refuse)) dict.entries.push(pair);
  else if (dict.kind !== "inert") machine.refuse(`it sets items of ${describe(dict)}`);
}

function container({ stack, refuse }: Machine): PickleObject {
  const value = stack.top();
  return isObject(value) ? value : refuse(`it fills ${describe(value)}`);
}

function remember({ stack, memo }: Machine, index: number): void {
  memo.set(index, stack.top());
}

function recall({ stack, memo, refuse }: Machine, index: number): void {
  const value = memo.get(index);
  stack.push(value === undefined ? refuse(`it recalls number ${index}, which it never kept`) : value);
}

function global({ file, stack }: Machine, module: string, name: string): void {
  const allowed = allowedGlobal(module, name);
  if (allowed === undefined) {
    const full = clip(`${module}.${name}`);
    throw new CheckpointError(
      file,
      `holds ${full}, which a state dict has no need of; it was not run`,
      SAVE_STATE_DICT,
    );
  }
  stack.push({ kind: "global", global: allowed });
}

function reduce({ stack, refuse }: Machine): void {
  const [callee, args] = stack.popMany(2);
  const items = isObject(args) && args.kind === "tuple" ? args.items : undefined;
  if (items === undefined || !isObject(callee)) refuse(`it calls ${describe(callee)}`);
  else if (callee.kind === "inert") stack.push({ kind: "inert", name: callee.name });
  else if (callee.kind === "global") stack.push(call(callee.global, items, refuse));
  else refuse(`it calls ${describe(callee)}`);
}
