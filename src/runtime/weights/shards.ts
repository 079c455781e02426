/** `model.safetensors.index.json`: a checkpoint in several files, and which tensor is in which. */

import { CheckpointError } from "./errors.js";

export interface Shards {
  readonly file: string;
  /** The tensors of each part, by the part's name in the same folder. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
}

const MAX_INDEX_BYTES = 64 * 2 ** 20;

export function isShardIndex(file: string): boolean {
  return file.endsWith(".index.json");
}

/** @throws CheckpointError */
export function readShardIndex(data: Uint8Array, file: string): Shards {
  if (data.length > MAX_INDEX_BYTES) throw new CheckpointError(file, "is larger than any index can be");
  const map = weightMap(data, file);
  const files = new Map<string, Set<string>>();
  for (const [tensor, part] of Object.entries(map)) {
    // The index may be anyone's: its parts lie beside it and nowhere else.
    if (typeof part !== "string" || !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(part) || isShardIndex(part)) {
      throw new CheckpointError(file, `says that ${tensor} is in ${JSON.stringify(part)}, which is no file beside it`);
    }
    const tensors = files.get(part) ?? new Set();
    files.set(part, tensors.add(tensor));
  }
  if (files.size === 0) throw new CheckpointError(file, "lists no tensors");
  return { file, files };
}

function weightMap(data: Uint8Array, file: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch {
    throw new CheckpointError(file, "is not JSON; it is damaged");
  }
  const map = typeof parsed === "object" && parsed !== null && "weight_map" in parsed ? parsed.weight_map : undefined;
  if (typeof map === "object" && map !== null && !Array.isArray(map)) return map;
  throw new CheckpointError(file, "has no weight_map, which says where each tensor is");
}
