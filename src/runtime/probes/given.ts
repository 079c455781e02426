/** Features from elsewhere as a pass would have brought them: batches of rows, of one layer. */

import { setImmediate } from "node:timers/promises";
import type { ImageSet } from "../data/images.js";
import type { NamedTensors } from "../state/safetensors.js";
import type { FeatureBatch, Features, Reader } from "./features.js";

export interface GivenRows {
  readonly layer: string;
  /** Row of every image of the set, in its order. */
  readonly rows: readonly number[];
}

const BATCH = 256;

/** @throws Error where an image that is read has no row; it says how many, never which. */
export function givenRows(layer: string, ids: readonly string[], images: ImageSet, what: string): GivenRows {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const rows = images.ids.map((id) => rowOf.get(id) ?? -1);
  const missing = rows.filter((row) => row < 0).length;
  if (missing === 0) return { layer, rows };
  throw new Error(
    `${what}: ${missing} of the ${rows.length} images that are read have no row of features; give a row for every image of the split, or name with \`on:\` and \`bank:\` the splits it is of`,
  );
}

export interface GivenPass {
  /** `features` [rows, width]. */
  readonly tensors: NamedTensors;
  readonly given: GivenRows;
  readonly readers: readonly Reader[];
  readonly signal: AbortSignal;
}

export async function runGivenPass({ tensors, given, readers, signal }: GivenPass): Promise<void> {
  const table = tensors.get("features");
  if (!(table?.data instanceof Float32Array)) throw new Error("internal error: features were imported without numbers");
  const [, width = 1] = table.shape;
  for (let from = 0; from < given.rows.length; from += BATCH) {
    await setImmediate();
    signal.throwIfAborted();
    const rows = given.rows.slice(from, from + BATCH);
    const data = new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries()) data.set(table.data.subarray(row * width, (row + 1) * width), i * width);
    const indices = rows.map((_, i) => from + i);
    const seen = batchOf(indices, { data, width }, given.layer);
    for (const reader of readers) {
      if (reader.images === undefined || indices.some((index) => reader.images?.has(index))) reader.take(seen);
    }
  }
}

/** What an image's row is, it is to all who read features: flattened, pooled, before the head. */
function batchOf(indices: readonly number[], features: Features, layer: string): FeatureBatch {
  const none = (what: string) => (): never => {
    throw new Error(`features from elsewhere have no ${what}`);
  };
  const of = (name: string): Features => {
    if (name === layer) return features;
    throw new Error(`features from elsewhere are of the layer ${layer}, not of ${name}`);
  };
  return {
    indices,
    get logits(): Float32Array {
      return none("logits")();
    },
    flat: of,
    pooled: of,
    embedding: () => features,
    attended: none("attention"),
  };
}
