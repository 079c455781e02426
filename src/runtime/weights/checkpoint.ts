/** A file of named tensors, whichever format it is in: what is in it first, numbers when they are asked for. */

import { basename, dirname, join } from "node:path";
import type { TensorData } from "../../program/types.js";
import { decodeEntry, safetensorsHeaderBytes } from "../state/safetensors.js";
import { readHeader } from "../state/safetensors-header.js";
import { type Bytes, openBytes } from "./bytes.js";
import { CheckpointError } from "./errors.js";
import { isLegacyTorch, readLegacyTorch } from "./legacy.js";
import { isShardIndex, readShardIndex, type Shards } from "./shards.js";
import { torchTensors } from "./state-dict.js";
import { readTorchZip } from "./torch.js";
import type { Checkpoint } from "./types.js";
import { ZIP_MAGIC } from "./zip.js";

/**
 * A safetensors file, a `.pth` or `.pt` of torch.save, or the index of a sharded checkpoint.
 * @param key which dict of tensors in a torch file; found where it is absent
 * @throws CheckpointError; system errors (no such file) as they are
 */
export async function openCheckpoint(path: string, key?: string): Promise<Checkpoint> {
  const file = basename(path);
  const bytes = await openBytes(path, file);
  try {
    if (!isShardIndex(file)) return await readCheckpoint(bytes, key);
    if (key !== undefined) throw keyless(file, key);
    const index = readShardIndex(await bytes.read(0, bytes.size), file);
    await bytes.close();
    return await openShards(index, dirname(path));
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** The files a checkpoint is made of, the named one first. @throws CheckpointError */
export async function filesOf(path: string): Promise<readonly string[]> {
  const file = basename(path);
  if (!isShardIndex(file)) return [path];
  const bytes = await openBytes(path, file);
  try {
    const { files } = readShardIndex(await bytes.read(0, bytes.size), file);
    return [path, ...[...files.keys()].map((shard) => join(dirname(path), shard))];
  } finally {
    await bytes.close();
  }
}

/** The bytes stay open until the checkpoint is closed. @throws CheckpointError */
export async function readCheckpoint(bytes: Bytes, key?: string): Promise<Checkpoint> {
  const start = await bytes.read(0, Math.min(bytes.size, 512));
  if (start.length >= 4 && new DataView(start.buffer).getUint32(0, true) === ZIP_MAGIC) {
    return torchTensors(bytes, await readTorchZip(bytes), key);
  }
  if (isLegacyTorch(start)) return torchTensors(bytes, await readLegacyTorch(bytes), key);
  refuseForeign(start, bytes.file);
  if (key !== undefined) throw keyless(bytes.file, key);
  return readSafetensorsFile(bytes, start);
}

function keyless(file: string, key: string): CheckpointError {
  const why = "a safetensors file is tensors alone, in no dicts";
  return new CheckpointError(file, `has no key \`${key}\`: ${why}`, "leave `key:` out");
}

const latin = (start: Uint8Array, from: number, to: number) => Buffer.from(start.subarray(from, to)).toString("latin1");

function refuseForeign(start: Uint8Array, file: string): void {
  const again = "load it with torch and save its state dict with safetensors.torch.save_file";
  if (latin(start, 257, 262) === "ustar")
    throw new CheckpointError(file, "is a tar archive, as torch before 0.4 wrote", again);
  if (start[0] === 0x80 && (start[1] ?? 9) <= 5 && latin(start, 8, 9) !== "{") {
    throw new CheckpointError(file, "is a pickle, but none that torch.save writes", again);
  }
  if (latin(start, 1, 4) === "HDF") {
    throw new CheckpointError(file, "is an HDF5 file, as Keras writes", "give a checkpoint with timm's tensor names");
  }
}

async function readSafetensorsFile(bytes: Bytes, start: Uint8Array): Promise<Checkpoint> {
  const { file, size } = bytes;
  const headerBytes = safetensorsHeaderBytes(start.subarray(0, 8), file, size);
  const header = readHeader(await bytes.read(0, headerBytes), file, size);
  const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
  return {
    file,
    tensors: entries,
    metadata: header.metadata,
    notes: [],
    async read(names) {
      const tensors = new Map<string, TensorData>();
      for (const name of names) {
        const entry = entries.get(name);
        if (entry === undefined) throw new CheckpointError(file, `has no tensor ${name}`);
        const raw = await bytes.read(header.dataStart + entry.begin, entry.end - entry.begin);
        tensors.set(name, decodeEntry(entry, raw, file));
      }
      return tensors;
    },
    close: () => bytes.close(),
  };
}

async function openShards({ file, files }: Shards, folder: string): Promise<Checkpoint> {
  const opened: Checkpoint[] = [];
  const closeAll = async () => {
    for (const shard of opened) await shard.close();
  };
  try {
    for (const [name, wanted] of files) {
      const bytes = await openBytes(join(folder, name), name).catch((error: unknown) => {
        throw new CheckpointError(file, `its part ${name} cannot be read (${message(error)})`, "complete the download");
      });
      const shard = await readCheckpoint(bytes).catch(async (error: unknown) => {
        await bytes.close();
        throw error;
      });
      opened.push(shard);
      const lacking = [...wanted].find((tensor) => !shard.tensors.has(tensor));
      const extra = [...shard.tensors.keys()].find((tensor) => !wanted.has(tensor));
      if (lacking !== undefined) throw new CheckpointError(file, `its part ${name} lacks ${lacking}`);
      if (extra !== undefined)
        throw new CheckpointError(file, `its part ${name} has ${extra}, which the index does not list`);
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    file,
    tensors: new Map(opened.flatMap(({ tensors }) => [...tensors])),
    metadata: new Map(opened.flatMap(({ metadata }) => [...metadata])),
    notes: opened.flatMap(({ notes }) => notes),
    async read(names) {
      const tensors = new Map<string, TensorData>();
      for (const shard of opened) {
        const own = names.filter((name) => shard.tensors.has(name));
        for (const [name, tensor] of await shard.read(own)) tensors.set(name, tensor);
      }
      return tensors;
    },
    close: closeAll,
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
