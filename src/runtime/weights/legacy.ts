/**
 * torch.save's files before torch 1.6, and since then where it is asked for them: five pickles (a magic number, a
 * version, the machine, the object, the keys of its storages), then each storage: how many elements, then their bytes.
 */

import { BYTES_PER_ELEMENT } from "../state/dtypes.js";
import type { Bytes } from "./bytes.js";
import { CheckpointError } from "./errors.js";
import { unpickle } from "./pickle/machine.js";
import { isObject, type PickleStorage, type PickleValue } from "./pickle/values.js";
import { persistentStorage } from "./storages.js";
import { MAX_PICKLE_BYTES, type TorchFile } from "./torch.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

/** Whether the file begins as these do: a pickle of the magic number. */
export function isLegacyTorch(start: Uint8Array): boolean {
  const hex = Buffer.from(start.subarray(2, 14)).toString("hex");
  return start[0] === 0x80 && hex === "8a0a6cfc9c46f9206aa85019";
}

/** @throws CheckpointError */
export async function readLegacyTorch(bytes: Bytes): Promise<TorchFile> {
  const { file } = bytes;
  const pickles = await bytes.read(0, Math.min(bytes.size, MAX_PICKLE_BYTES));
  const storages = new Map<string, PickleStorage>();
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(pickles, at, file, (id, refuse) => {
      const storage = persistentStorage(id, refuse);
      if (isObject(storage) && storage.kind === "storage") {
        const known = storages.get(storage.key);
        if (known !== undefined && (known.dtype !== storage.dtype || known.elements !== storage.elements)) {
          refuse(`storage ${storage.key} is of two kinds`);
        }
        storages.set(storage.key, storage);
      }
      return storage;
    });
    at = end;
    return value;
  };
  const [magic, version, machine, root, keys] = [next(), next(), next(), next(), next()];
  if (magic !== MAGIC || version !== VERSION) throw new CheckpointError(file, "is of an unknown version of torch.save");
  if (entryOf(machine, "little_endian") === false) {
    throw new CheckpointError(file, "was saved on a big-endian machine", "save it again on a common one");
  }
  const places = await placesOf(bytes, at, keysOf(keys, file), storages);
  return {
    root,
    storage: async (key) => {
      const place = places.get(key);
      if (place === undefined) throw new CheckpointError(file, `its storage ${key} is not in the file`);
      return bytes.read(place.offset, place.length);
    },
  };
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Storages follow each other in the order of their keys, each after its number of elements. */
async function placesOf(
  bytes: Bytes,
  start: number,
  keys: readonly string[],
  storages: ReadonlyMap<string, PickleStorage>,
): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw new CheckpointError(bytes.file, `its storage ${key} belongs to no tensor`);
    const count = await bytes.read(at, 8);
    if (new DataView(count.buffer).getBigInt64(0, true) !== BigInt(storage.elements)) {
      throw new CheckpointError(bytes.file, `its storage ${key} has another size than its tensors say; it is damaged`);
    }
    const length = storage.elements * BYTES_PER_ELEMENT[storage.dtype];
    places.set(key, { offset: at + 8, length });
    at += 8 + length;
    if (at > bytes.size) throw new CheckpointError(bytes.file, `ends within its storage ${key}; it is cut short`);
  }
  return places;
}

function keysOf(value: PickleValue, file: string): readonly string[] {
  const items = isObject(value) && value.kind === "list" ? value.items : [];
  const keys = items.filter((item) => typeof item === "string");
  if (isObject(value) && value.kind === "list" && keys.length === items.length) return keys;
  throw new CheckpointError(file, "does not list its storages; it is damaged");
}

function entryOf(value: PickleValue, key: string): PickleValue | undefined {
  if (!isObject(value) || value.kind !== "dict") return undefined;
  return value.entries.find(([name]) => name === key)?.[1];
}
