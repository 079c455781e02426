/** What studies reach in a cache: every node of theirs, under every profile and every engine that has computed in it. */

import { collectFacts, lower } from "../../compiler/plan/index.js";
import type { NodeKey, NumericSignature } from "../../compiler/plan/types.js";
import { UsageError } from "../host/errors.js";
import { nodesOfLastRun } from "../run/last-run.js";
import { microBatching, readPieceSizes } from "../run/micro-batches.js";
import { type OpenStudy, openStudy, type StudyOptions } from "../run/open.js";
import type { ActionFile } from "./scan.js";

export interface Reach {
  readonly keys: ReadonlySet<NodeKey>;
  readonly studies: number;
  readonly profiles: number;
}

/** @throws UsageError where it cannot be known what a study reaches: it has errors, or its data are unknown here. */
export async function reachOf(studies: readonly StudyOptions[], computers: readonly Computer[]): Promise<Reach> {
  const keys = new Set<NodeKey>();
  let profiles = 0;
  for (const options of studies) {
    const plain = await openStudy({ ...options, profile: undefined });
    const opens = [plain];
    for (const profile of plain.compilation.profiles) opens.push(await openStudy({ ...options, profile }));
    profiles += opens.length - 1;
    for (const open of opens) for (const key of await keysOf(open, computers)) keys.add(key);
    for (const key of nodesOfLastRun(plain)) keys.add(key);
  }
  return { keys, studies: studies.length, profiles };
}

async function keysOf(open: OpenStudy, computers: readonly Computer[]): Promise<ReadonlySet<NodeKey>> {
  const { study, diagnostics } = open.compilation;
  const name = open.place.study;
  if (study === undefined) {
    const first = diagnostics.find(({ severity }) => severity === "error");
    throw new UsageError(
      `${name} has errors (${first?.message ?? "it cannot be read"}), so what it needs cannot be told`,
      "mend it (xferc check says more), or name the studies that count",
    );
  }
  const facts = await collectFacts(study, open.host);
  await open.facts.save();
  const keys = new Set<NodeKey>();
  for (const { signature, pieces } of computers) {
    const { plan, diagnostics: found } = lower(study, facts, { signature });
    const problem = found.find(({ severity }) => severity === "error");
    if (problem !== undefined) throw new UsageError(`${name}: ${problem.message}`, "mend it, or name other studies");
    const unknown = plan.nodes.find(({ provisional }) => provisional);
    if (unknown !== undefined) {
      throw new UsageError(
        `what ${name} needs cannot be told without its data: ${unknown.label} is unknown`,
        "say where they are with --data NAME=DIR, or put its study.lock.json beside it",
      );
    }
    for (const { key } of plan.nodes) keys.add(key);
    const known = readPieceSizes(open.cache, signature);
    for (const wish of ["auto", ...pieces] as const) {
      // Where a model does not allow it, nothing was computed that way either.
      const split = lower(study, facts, { signature, microBatch: microBatching(wish, known) });
      for (const { key } of split.plan.nodes) keys.add(key);
    }
  }
  return keys;
}

/** What results here were computed with. */
export interface Computer {
  /** For whole batches. */
  readonly signature: NumericSignature;
  /** Sizes of the pieces that batches were taken in. */
  readonly pieces: readonly number[];
}

/** Engines that have computed something here, each once. */
export function computersIn(actions: readonly ActionFile[]): readonly Computer[] {
  const found = new Map<string, { readonly signature: NumericSignature; readonly pieces: Set<number> }>();
  for (const { manifest } of actions) {
    const recipe: unknown = manifest?.recipe;
    if (typeof recipe !== "object" || recipe === null || !("signature" in recipe) || !isSignature(recipe.signature))
      continue;
    const { microBatch, ...signature } = recipe.signature;
    const name = JSON.stringify(signature);
    const computer = found.get(name) ?? { signature, pieces: new Set() };
    if (microBatch !== undefined) computer.pieces.add(microBatch);
    found.set(name, computer);
  }
  // Nodes that need no engine are reached all the same.
  if (found.size === 0) return [{ signature: NO_ENGINE, pieces: [] }];
  return [...found.values()].map(({ signature, pieces }) => ({ signature, pieces: [...pieces] }));
}

const NO_ENGINE: NumericSignature = { engine: "none", engineVersion: "0", device: "cpu", precision: "f32", threads: 1 };

function isSignature(value: unknown): value is NumericSignature {
  if (typeof value !== "object" || value === null) return false;
  const { engine, engineVersion, device, precision, threads } = value as Partial<NumericSignature>;
  return (
    [engine, engineVersion, device, precision].every((one) => typeof one === "string") && typeof threads === "number"
  );
}
