/** Weights on a disk: what they are (for plans and keys), and their numbers (for runs). */

import { createHash } from "node:crypto";
import type { WeightsFacts } from "../../compiler/host.js";
import type { WeightsNames } from "../../compiler/weights-names.js";
import type { FileDigests } from "../data/types.js";
import type { NamedTensors } from "../state/safetensors.js";
import type { Bytes } from "./bytes.js";
import { canonical, type Weights } from "./canonical.js";
import { filesOf, openCheckpoint, readCheckpoint } from "./checkpoint.js";
import { CheckpointError } from "./errors.js";

/** Under timm's names. The caller closes it. @throws CheckpointError; system errors as they are */
async function openWeights(path: string, names: WeightsNames = {}): Promise<Weights> {
  const checkpoint = await openCheckpoint(path, names.key);
  try {
    return canonical(checkpoint, names);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** Of one file its SHA-256; of several, of their digests in the order of the index. */
export async function weightsDigest(path: string, digests: FileDigests): Promise<string> {
  const files = await filesOf(path);
  const each: string[] = [];
  for (const file of files) each.push(await digests.of(file));
  const [only = ""] = each;
  return each.length === 1 ? only : createHash("sha256").update(each.join("\n")).digest("hex");
}

/** Names, shapes and digest; no number is read. @throws CheckpointError; system errors as they are */
export async function weightsFactsOf(
  path: string,
  digests: FileDigests,
  names: WeightsNames = {},
): Promise<WeightsFacts> {
  const weights = await openWeights(path, names);
  try {
    const tensors = [...weights.tensors].map(([name, { shape }]) => [name, shape] as const);
    return { digest: await weightsDigest(path, digests), tensors: Object.fromEntries(tensors), notes: weights.notes };
  } finally {
    await weights.close();
  }
}

export interface LoadedWeights {
  readonly file: string;
  readonly tensors: NamedTensors;
  readonly notes: readonly string[];
}

/** Of a path on the disk. @throws CheckpointError; system errors as they are */
export async function loadWeights(path: string, names: WeightsNames = {}): Promise<LoadedWeights> {
  return read(await openWeights(path, names));
}

/** Of bytes of any format. @throws CheckpointError */
export async function readWeights(bytes: Bytes): Promise<LoadedWeights> {
  return read(canonical(await readCheckpoint(bytes)));
}

async function read(weights: Weights): Promise<LoadedWeights> {
  try {
    const tensors = await weights.read();
    checkFinite(tensors, weights.file);
    return { file: weights.file, tensors, notes: weights.notes };
  } finally {
    await weights.close();
  }
}

/** One such number makes every loss NaN, and the learning rate would get the blame. */
function checkFinite(tensors: NamedTensors, file: string): void {
  for (const [name, { data }] of tensors) {
    const at = data instanceof Int32Array ? -1 : data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) {
      throw new CheckpointError(file, `tensor ${name}: holds ${data[at]}`, "give a checkpoint of finite numbers");
    }
  }
}
