/**
 * The state dict in a torch file: the object itself, the one dict of tensors in what was saved around it, or the one that
 * is asked for.
 */

import { nearest } from "../../compiler/suggest.js";
import { sizeOf } from "../../program/shape.js";
import type { TensorData } from "../../program/types.js";
import type { Bytes } from "./bytes.js";
import { CheckpointError, named, printable } from "./errors.js";
import { clip, describe, isObject, type PickleDict, type PickleTensor, type PickleValue } from "./pickle/values.js";
import { viewOf } from "./storages.js";
import type { TorchFile } from "./torch.js";
import type { Checkpoint, StoredTensor } from "./types.js";

/** `checkpoint["model"]["state_dict"]` is as deep as people go. */
const MAX_DEPTH = 3;
/** Views may show a number more than once; a file that unfolds to much more than it holds is made to. */
const MAX_UNFOLDING = 8;
/** As many as an error lists. */
const MAX_KEYS = 10;
const FREE_BYTES = 64 * 2 ** 20;

interface Nested {
  /** Keys that lead to it. */
  readonly path: readonly string[];
  readonly dict: PickleDict;
}

interface Found {
  /** Keys that lead to it; none where it is the object itself. */
  readonly path: readonly string[];
  readonly tensors: ReadonlyMap<string, PickleTensor>;
  /** Entries that are no tensors. */
  readonly others: readonly string[];
  /** Dicts of tensors beside it that are no network's. */
  readonly beside?: readonly string[];
}

/** What losses, optimizers and queues keep of their own lies beside a network; it is none. */
const HELPER = /(^|_)(loss|criterion|optimizers?|schedulers?|scaler|queue|center|callbacks)(_|$)/i;

/** @throws CheckpointError where there is no state dict, more than one, or none at the key */
export function torchTensors(bytes: Bytes, torch: TorchFile, key?: string): Checkpoint {
  const { file } = bytes;
  const found = key === undefined ? stateDictOf(torch.root, file) : stateDictAt(key, torch.root, file);
  checkUnfolding(found.tensors, bytes);
  const stored = [...found.tensors].map(([name, tensor]): [string, StoredTensor] => [
    name,
    { dtype: tensor.storage.dtype, shape: tensor.shape },
  ]);
  return {
    file,
    tensors: new Map(stored),
    metadata: new Map(),
    notes: notesOf(found),
    read: (names) => readTensors(names, found.tensors, torch, file),
    close: () => bytes.close(),
  };
}

function notesOf({ path, others, beside = [] }: Found): readonly string[] {
  const notes = path.length === 0 ? [] : [`taken from its \`${shown(path)}\``];
  if (beside.length > 0) notes.push(`left out, being no network: ${named(beside)}`);
  return others.length === 0 ? notes : [...notes, `left out, being no tensors: ${named(others)}`];
}

function stateDictOf(root: PickleValue, file: string): Found {
  if (!isObject(root) || root.kind !== "dict") {
    const alone = "have a state dict saved: torch.save(model.state_dict(), FILE)";
    throw new CheckpointError(file, `holds ${describe(root)}, not a dict of tensors`, alone);
  }
  let level: readonly Nested[] = [{ path: [], dict: root }];
  const seen = new Set([root]);
  const helpers: Found[] = [];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    // Single numbers alone, such as the best accuracy beside the weights, are no state dict.
    const all = level.map(foundIn).filter(isStateDict);
    const found = all.filter(({ path }) => !path.some((key) => HELPER.test(key)));
    helpers.push(...all.filter((each) => !found.includes(each)));
    const [only] = found;
    const beside = helpers.map(({ path }) => shown(path));
    if (only !== undefined && found.length === 1) return { ...only, ...(beside.length > 0 ? { beside } : {}) };
    if (found.length > 1) throw ambiguous(found, file);
    level = level.flatMap((outer) => dictsIn(outer, seen));
  }
  const [helper] = helpers;
  if (helper !== undefined && helpers.length === 1) return helper;
  if (helpers.length > 1) throw ambiguous(helpers, file);
  const keys = [...new Map(root.entries).keys()].map((key) => (typeof key === "string" ? key : describe(key)));
  throw new CheckpointError(file, `holds no tensors under names; it has ${named(keys) || "nothing"}`);
}

/** Keys may be anyone's. */
function shown(path: readonly string[]): string {
  return printable(clip(path.join(".")));
}

function foundIn({ path, dict }: Nested): Found {
  return { path, ...contents(dict) };
}

function isStateDict({ tensors }: Found): boolean {
  return [...tensors.values()].some(({ shape }) => shape.length > 0);
}

/** The dict that a key leads to; keys may have dots of their own. */
function stateDictAt(key: string, root: PickleValue, file: string): Found {
  const whole: Nested | undefined = isObject(root) && root.kind === "dict" ? { path: [], dict: root } : undefined;
  const nested = whole && follow(whole, key);
  const found = nested && foundIn(nested);
  if (found !== undefined && isStateDict(found)) return found;
  const there = whole === undefined ? [] : keysOfTensors(whole);
  const near = nearest(key, there);
  throw new CheckpointError(
    file,
    `has no tensors under the key \`${key}\`${found === undefined ? "" : ", though there is such a key"}`,
    near !== undefined
      ? `did you mean \`key: "${near}"\`?`
      : there.length > 0
        ? `tensors are under ${there.map((each) => `\`${each}\``).join(", ")}`
        : "leave `key:` out: its tensors lie under no key",
  );
}

function follow(from: Nested, rest: string): Nested | undefined {
  for (const inner of dictsIn(from, new Set())) {
    const key = inner.path.at(-1) ?? "";
    if (key === rest) return inner;
    const deeper = rest.startsWith(`${key}.`) ? follow(inner, rest.slice(key.length + 1)) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function keysOfTensors(root: Nested): readonly string[] {
  const seen = new Set([root.dict]);
  const keys: string[] = [];
  let level: readonly Nested[] = dictsIn(root, seen);
  for (let depth = 1; depth <= MAX_DEPTH && level.length > 0; depth++) {
    keys.push(
      ...level
        .map(foundIn)
        .filter(isStateDict)
        .map(({ path }) => shown(path)),
    );
    level = level.flatMap((outer) => dictsIn(outer, seen));
  }
  return keys.slice(0, MAX_KEYS);
}

function contents({ entries }: PickleDict): Pick<Found, "tensors" | "others"> {
  const tensors = new Map<string, PickleTensor>();
  const others: string[] = [];
  for (const [key, value] of new Map(entries)) {
    const tensor = isObject(value) && value.kind === "tensor" ? value : undefined;
    if (tensor !== undefined && typeof key === "string") tensors.set(key, tensor);
    else others.push(typeof key === "string" ? key : describe(key));
  }
  return { tensors, others };
}

/** Each dict once, however often it is held. */
function dictsIn({ path, dict }: Nested, seen: Set<PickleDict>): readonly Nested[] {
  const dicts: Nested[] = [];
  for (const [key, value] of new Map(dict.entries)) {
    if (typeof key !== "string" || !isObject(value) || value.kind !== "dict" || seen.has(value)) continue;
    seen.add(value);
    dicts.push({ path: [...path, key], dict: value });
  }
  return dicts;
}

function ambiguous(found: readonly Found[], file: string): CheckpointError {
  const several = found.map(({ path, tensors }) => `\`${shown(path)}\` (${tensors.size} tensors)`);
  const keys = found.slice(0, MAX_KEYS).map(({ path }) => `\`key: "${shown(path)}"\``);
  return new CheckpointError(
    file,
    `holds more than one set of tensors: ${named(several)}`,
    `say in \`weights(…)\` which is meant: ${keys.join(" or ")}`,
  );
}

function checkUnfolding(tensors: ReadonlyMap<string, PickleTensor>, { file, size }: Bytes): void {
  // Four bytes an element, whatever it is stored as.
  const unfolded = [...tensors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (unfolded <= MAX_UNFOLDING * size + FREE_BYTES) return;
  throw new CheckpointError(
    file,
    `its ${size} bytes unfold to tensors of ${unfolded}; its views repeat the same numbers`,
    "save the tensors themselves: {name: tensor.contiguous().clone() …}",
  );
}

/** By storage, so that one shared by many tensors is read once and only one is held. */
async function readTensors(
  names: readonly string[],
  tensors: ReadonlyMap<string, PickleTensor>,
  torch: TorchFile,
  file: string,
): Promise<Map<string, TensorData>> {
  const byStorage = new Map<string, [string, PickleTensor][]>();
  for (const name of names) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new CheckpointError(file, `has no tensor ${name}`);
    const { key } = tensor.storage;
    const members = byStorage.get(key);
    if (members === undefined) byStorage.set(key, [[name, tensor]]);
    else members.push([name, tensor]);
  }
  const read = new Map<string, TensorData>();
  for (const [key, members] of byStorage) {
    const storage = await torch.storage(key);
    for (const [name, tensor] of members) {
      read.set(name, { shape: tensor.shape, data: viewOf(tensor, storage, name, file) });
    }
  }
  return read;
}
