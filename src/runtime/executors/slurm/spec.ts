/**
 * What a pilot is told: the plan and all it needs to carry it out, in one file, so that a compute node reads neither the
 * study nor its data's declarations and needs no network.
 */

import { readFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import type { NodeKey, NumericSignature, OpName, Plan } from "../../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../../compiler/study.js";
import type { PluginSpec } from "../../plugins/load.js";
import type { MicroBatchWish } from "../../run/micro-batches.js";
import type { FailurePolicy } from "../../schedule/index.js";
import { codeOf } from "../../store/filesystem.js";
import { sha256 } from "../../store/layer.js";
import type { EngineChoice } from "../../workers/types.js";
import type { RoundAbout } from "./place.js";

export interface PilotSpec {
  readonly xferc: string;
  /** The run that pilots work for, as leases and results name it. */
  readonly run: string;
  readonly study: string;
  readonly engineTitle: string;
  /** Absolute, as all paths here. */
  readonly cache: string;
  readonly layers: readonly string[];
  readonly leaseSeconds: number;
  readonly engine: EngineChoice;
  readonly signature: NumericSignature;
  readonly policy: FailurePolicy;
  readonly checkpointEvery: CheckpointInterval | undefined;
  readonly microBatch: MicroBatchWish;
  readonly plan: Plan;
  readonly plugins: readonly PluginSpec[];
  /** Where the files lie that nodes read. */
  readonly places: ReadonlyMap<NodeKey, string>;
  /** What nodes failed at in an earlier round. */
  readonly failed: ReadonlyMap<NodeKey, string>;
  readonly classes: ReadonlyMap<string, ClassSpec>;
  readonly scratch: string | undefined;
  readonly idleSeconds: number;
}

export interface ClassSpec {
  readonly ops: ReadonlySet<OpName>;
  readonly workers: number;
}

const MAGIC = "xferc pilot 1 ";

/** As processes of ours speak to each other: a plan whose nodes share parameters is written without copies of them. */
export function printSpec(spec: PilotSpec): Uint8Array {
  const body = serialize(spec);
  return Buffer.concat([Buffer.from(`${MAGIC}${sha256(body)}\n`), body]);
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = codeOf(error) || String(error);
    throw new Error(`${path} cannot be read (${why}): the run's folder has to lie where compute nodes see it`);
  }
}

/** For those who do not carry it out. */
export function aboutSpec(spec: PilotSpec): RoundAbout {
  const { run, cache, layers, classes, plan } = spec;
  const nodes = plan.nodes.map(({ key }) => key);
  return { digest: planDigest(spec), run, classes: [...classes.keys()], cache, layers, nodes };
}

/** @throws Error that says what is the matter with the file */
export function readSpec(path: string): PilotSpec {
  const data = readWhole(path);
  const end = data.indexOf("\n") + 1;
  const head = data.toString("latin1", 0, Math.max(0, end - 1));
  const body = data.subarray(end);
  // Only what a run of ours wrote, whole, is ever taken apart.
  if (!head.startsWith(MAGIC) || sha256(body) !== head.slice(MAGIC.length)) throw new Error(`${path} is damaged`);
  return deserialize(body) as PilotSpec;
}

export type PlanIdentity = Pick<PilotSpec, "xferc" | "signature" | "cache" | "policy" | "classes" | "plan">;

/** Which plan it is, whoever carries it out: two coordinators of one run tell by it whether they mean the same. */
export function planDigest(spec: PlanIdentity): string {
  const { xferc, signature, cache, policy, classes, plan } = spec;
  const keys = plan.nodes.map(({ key }) => key).join();
  const kinds = [...classes].map(([name, { ops, workers }]) => [name, [...ops], workers]);
  return sha256(JSON.stringify([xferc, signature, cache, policy, kinds, sha256(keys)]));
}
