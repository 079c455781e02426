/** What is known of data and checkpoints: from the files where they are here, else from the study's lock. */

import { basename, join } from "node:path";
import type { DatasetFacts, Fact, WeightsFacts } from "../../compiler/host.js";
import { type Lock, lockedDataset, lockedWeights } from "../../compiler/plan/index.js";
import { datasetFacts, MemoDigests } from "../data/index.js";
import type { FileDigests } from "../data/types.js";
import type { FactsReader } from "../host/index.js";
import { CheckpointError } from "../weights/errors.js";
import { weightsFactsOf } from "../weights/load.js";

export interface LocalFacts extends FactsReader {
  /** Keeps the memo of file digests for the next command. */
  save(): Promise<void>;
}

export function localFacts(options: { readonly cache: string; readonly lock: Lock | undefined }): LocalFacts {
  const { lock } = options;
  const digests = new MemoDigests(join(options.cache, "digests.json"));
  return {
    async dataset(spec, path) {
      return orLocked<DatasetFacts>(await datasetFacts(spec, path, digests), () => lock && lockedDataset(lock, spec));
    },
    async weights(spec, path) {
      return orLocked<WeightsFacts>(await weightsFacts(path, digests), () => lock && lockedWeights(lock, spec));
    },
    save: () => digests.save(),
  };
}

function orLocked<T>(fact: Fact<T>, locked: () => Fact<T> | undefined): Fact<T> {
  if (fact.status !== "unknown") return fact;
  const remembered = locked();
  return remembered?.status === "known" ? remembered : fact;
}

/** Digest and tensor shapes of a checkpoint; its tensors stay on the disk. */
export async function weightsFacts(path: string, digests: FileDigests): Promise<Fact<WeightsFacts>> {
  try {
    return { status: "known", facts: await weightsFactsOf(path, digests), from: "data" };
  } catch (error) {
    if (error instanceof CheckpointError) return { status: "problem", message: error.message, hint: error.hint };
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { status: "unknown", reason: `there is no file ${path}` };
    if (code === undefined) throw error;
    return { status: "problem", message: `${basename(path)} cannot be read`, hint: "check its permissions" };
  }
}
