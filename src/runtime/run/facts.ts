/** What is known of data and checkpoints: from the files where they are here, else from the study's lock. */

import { basename, join } from "node:path";
import type { DatasetFacts, Fact, PredictionsFacts, WeightsFacts } from "../../compiler/host.js";
import type { HubFile } from "../../compiler/hub.js";
import { type Lock, lockedDataset, lockedPredictions, lockedWeights } from "../../compiler/plan/index.js";
import type { FeaturesSpec, PredictionsSpec, WeightsSpec } from "../../compiler/study.js";
import type { WeightsNames } from "../../compiler/weights-names.js";
import { MEMO } from "../data/digests.js";
import { datasetFacts, IndexMemo, MemoDigests } from "../data/index.js";
import type { FileDigests, PluginAdapters } from "../data/types.js";
import type { FactsReader } from "../host/index.js";
import { type Hub, HubError, hubFileOf } from "../hub/index.js";
import { predictionsFacts } from "../predictions/facts.js";
import { CheckpointError } from "../weights/errors.js";
import { type PortablePlace, portable } from "./portable.js";

export interface LocalFacts extends FactsReader {
  predictions(spec: PredictionsSpec | FeaturesSpec, path: string): Promise<Fact<PredictionsFacts>>;
  /** Keeps the memo of file digests for the next command. */
  save(): Promise<void>;
}

export interface FactsOptions {
  /** The cache's folder. */
  readonly cache: string;
  readonly lock: Lock | undefined;
  readonly hub: Hub;
  readonly place: PortablePlace;
  readonly plugins: PluginAdapters;
}

export function localFacts({ cache, lock, hub, place, plugins }: FactsOptions): LocalFacts {
  const digests = new MemoDigests(join(cache, MEMO));
  const indexes = new IndexMemo();
  return {
    async dataset(spec, path) {
      return orLocked<DatasetFacts>(
        await datasetFacts(spec, path, digests, indexes, plugins),
        () => lock && lockedDataset(lock, portable(spec, place)),
      );
    },
    async weights(spec, path) {
      const locked = () => lock && lockedWeights(lock, portable(spec, place));
      const file = hubFileOf(spec.path);
      if (file === undefined) return orLocked<WeightsFacts>(await weightsFacts(path, digests, spec.names), locked);
      const asked: HubWeights = { file, names: spec.names };
      return orLocked<WeightsFacts>(await hubFacts(asked, hub, digests), locked, () => fetched(asked, hub, digests));
    },
    predictions: async (spec, path) =>
      orLocked<PredictionsFacts>(
        await predictionsFacts(spec, path),
        () => lock && lockedPredictions(lock, portable(spec, place)),
      ),
    save: () => digests.save(),
  };
}

async function orLocked<T>(
  fact: Fact<T>,
  locked: () => Fact<T> | undefined,
  otherwise?: () => Promise<Fact<T>>,
): Promise<Fact<T>> {
  if (fact.status !== "unknown") return fact;
  const remembered = locked();
  if (remembered?.status === "known") return remembered;
  return (await otherwise?.()) ?? fact;
}

interface HubWeights {
  readonly file: HubFile;
  readonly names: WeightsSpec["names"];
}

/** Of a file that the hub's cache on this disk holds. */
async function hubFacts({ file, names }: HubWeights, hub: Hub, digests: FileDigests): Promise<Fact<WeightsFacts>> {
  const cached = hub.find(file);
  if (cached === undefined) return { status: "unknown", reason: "it is not in the Hugging Face cache" };
  const fact = await weightsFacts(cached.path, digests, names);
  return fact.status === "known" ? { ...fact, facts: { ...fact.facts, revision: cached.commit } } : fact;
}

/** Nothing is fetched that a lock knows: plans can do without, and runs ask for it when they need it. */
async function fetched(asked: HubWeights, hub: Hub, digests: FileDigests): Promise<Fact<WeightsFacts>> {
  if (hub.network === "refused") return { status: "unknown", reason: "it is not in the Hugging Face cache" };
  try {
    await hub.fetch(asked.file);
    return await hubFacts(asked, hub, digests);
  } catch (error) {
    if (!(error instanceof HubError || error instanceof CheckpointError)) throw error;
    return { status: "problem", message: error.message, hint: error.hint };
  }
}

/** Digest and tensor shapes of a checkpoint; its tensors stay on the disk. */
async function weightsFacts(path: string, digests: FileDigests, names?: WeightsNames): Promise<Fact<WeightsFacts>> {
  try {
    // most studies start from no file, and readers of such files are many
    const { weightsFactsOf } = await import("../weights/load.js");
    return { status: "known", facts: await weightsFactsOf(path, digests, names), from: "data" };
  } catch (error) {
    if (error instanceof CheckpointError) return { status: "problem", message: error.message, hint: error.hint };
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { status: "unknown", reason: `there is no file ${path}` };
    if (code === undefined) throw error;
    return { status: "problem", message: `${basename(path)} cannot be read`, hint: "check its permissions" };
  }
}
