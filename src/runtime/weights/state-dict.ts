/** The state dict in a torch file: the object itself, or the one dict of tensors in what was saved around it. */

import { sizeOf } from "../../program/shape.js";
import type { TensorData } from "../../program/types.js";
import type { Bytes } from "./bytes.js";
import { CheckpointError, named } from "./errors.js";
import { describe, isObject, type PickleDict, type PickleTensor, type PickleValue } from "./pickle/values.js";
import { viewOf } from "./storages.js";
import type { TorchFile } from "./torch.js";
import type { Checkpoint, StoredTensor } from "./types.js";

/** `checkpoint["model"]["state_dict"]` is as deep as people go. */
const MAX_DEPTH = 3;
/** Views may show a number more than once; a file that unfolds to much more than it holds is made to. */
const MAX_UNFOLDING = 8;
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
}

/** @throws CheckpointError where there is no state dict, or more than one */
export function torchTensors(bytes: Bytes, torch: TorchFile): Checkpoint {
  const { file } = bytes;
  const found = stateDictOf(torch.root, file);
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

function notesOf({ path, others }: Found): readonly string[] {
  const notes = path.length === 0 ? [] : [`taken from its \`${path.join(".")}\``];
  return others.length === 0 ? notes : [...notes, `left out, being no tensors: ${named(others)}`];
}

function stateDictOf(root: PickleValue, file: string): Found {
  if (!isObject(root) || root.kind !== "dict") {
    const alone = "have a state dict saved: torch.save(model.state_dict(), FILE)";
    throw new CheckpointError(file, `holds ${describe(root)}, not a dict of tensors`, alone);
  }
  let level: readonly Nested[] = [{ path: [], dict: root }];
  const seen = new Set([root]);
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    // Single numbers alone, such as the best accuracy beside the weights, are no state dict.
    const found = level
      .map(({ path, dict }) => ({ path, ...contents(dict) }))
      .filter(({ tensors }) => [...tensors.values()].some(({ shape }) => shape.length > 0));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) throw ambiguous(found, file);
    level = level.flatMap((outer) => dictsIn(outer, seen));
  }
  const keys = [...new Map(root.entries).keys()].map((key) => (typeof key === "string" ? key : describe(key)));
  throw new CheckpointError(file, `holds no tensors under names; it has ${named(keys) || "nothing"}`);
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
  const several = found.map(({ path, tensors }) => `\`${path.join(".")}\` (${tensors.size} tensors)`);
  const [first] = found;
  return new CheckpointError(
    file,
    `holds more than one set of tensors: ${named(several)}`,
    `save the one that is meant: torch.save(torch.load(FILE)[${JSON.stringify(first?.path[0])}], …)`,
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
