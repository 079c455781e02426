/** What is known of data and checkpoints: from the files where they are here, else from the study's lock. */

import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DatasetFacts, Fact, WeightsFacts } from "../../compiler/host.js";
import { type Lock, lockedDataset, lockedWeights } from "../../compiler/plan/index.js";
import { datasetFacts, MemoDigests } from "../data/index.js";
import type { FactsReader } from "../host/index.js";
import { readSafetensorsHeader, SafetensorsError, safetensorsHeaderBytes } from "../state/safetensors.js";
import { type PortablePlace, portable } from "./portable.js";

export interface LocalFacts extends FactsReader {
  /** Keeps the memo of file digests for the next command. */
  save(): Promise<void>;
}

export interface FactsOptions {
  readonly cache: string;
  readonly lock: Lock | undefined;
  readonly place: PortablePlace;
}

export function localFacts({ cache, lock, place }: FactsOptions): LocalFacts {
  const digests = new MemoDigests(join(cache, "digests.json"));
  return {
    async dataset(spec, path) {
      return orLocked<DatasetFacts>(
        await datasetFacts(spec, path, digests),
        () => lock && lockedDataset(lock, portable(spec, place)),
      );
    },
    async weights(spec, path) {
      return orLocked<WeightsFacts>(await weightsFacts(path), () => lock && lockedWeights(lock, portable(spec, place)));
    },
    save: () => digests.save(),
  };
}

function orLocked<T>(fact: Fact<T>, locked: () => Fact<T> | undefined): Fact<T> {
  if (fact.status !== "unknown") return fact;
  const remembered = locked();
  return remembered?.status === "known" ? remembered : fact;
}

/** Digest and tensor shapes of a safetensors file; its tensors stay on the disk. */
export async function weightsFacts(path: string): Promise<Fact<WeightsFacts>> {
  const name = basename(path);
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // Before it is opened: a pipe blocks whoever opens it.
    const kind = await stat(path);
    if (!kind.isFile()) {
      const what = kind.isDirectory() ? "a folder" : "no plain file";
      return { status: "problem", message: `${name} is ${what}`, hint: "name the .safetensors file itself" };
    }
    file = await open(path, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return { status: "unknown", reason: `there is no file ${path}` };
    return { status: "problem", message: `${name} cannot be read`, hint: "check its permissions" };
  }
  try {
    const { size } = await file.stat();
    const start = await readStart(file, 8);
    const header = await readStart(file, safetensorsHeaderBytes(start, name, size));
    const tensors = [...readSafetensorsHeader(header, name, size)].map(([name, { shape }]) => [name, shape] as const);
    const hash = createHash("sha256");
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) hash.update(chunk as Uint8Array);
    const facts = { digest: hash.digest("hex"), tensors: Object.fromEntries(tensors) };
    return { status: "known", facts, from: "data" };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return {
      status: "problem",
      message: error.message,
      hint: "give a complete safetensors file, or download it again",
    };
  } finally {
    await file.close();
  }
}

async function readStart(file: Awaited<ReturnType<typeof open>>, length: number): Promise<Uint8Array> {
  const data = new Uint8Array(length);
  const { bytesRead } = await file.read(data, 0, length, 0);
  return data.subarray(0, bytesRead);
}
