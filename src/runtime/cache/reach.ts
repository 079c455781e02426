/** What studies reach in a cache: every node of theirs, under every profile and every engine that has computed in it. */

import { collectFacts, lower } from "../../compiler/plan/index.js";
import type { NodeKey, NumericSignature, OpName, PlanNode } from "../../compiler/plan/types.js";
import { UsageError } from "../host/errors.js";
import { nodesOfLastRun } from "../run/last-run.js";
import { microBatching, readPieceSizes } from "../run/micro-batches.js";
import { type OpenStudy, openStudy, type StudyOptions } from "../run/open.js";
import type { ActionFile } from "./scan.js";

export interface Reach {
  readonly keys: ReadonlySet<NodeKey>;
  readonly studies: number;
  readonly profiles: number;
  readonly unclear: readonly Unclear[];
}

/** A study of which it is not known what it reaches beyond some operations: their files are not here, nor a lock. */
export interface Unclear {
  readonly study: string;
  /** Files and data sets, as the study names them. */
  readonly unknown: readonly string[];
  /** Whatever comes of one of these may be the study's. */
  readonly ops: ReadonlySet<OpName>;
}

/** @throws UsageError where nothing can be known of what a study reaches, for it has errors. */
export async function reachOf(studies: readonly StudyOptions[], computers: readonly Computer[]): Promise<Reach> {
  const keys = new Set<NodeKey>();
  const unclear: Unclear[] = [];
  let profiles = 0;
  for (const options of studies) {
    const plain = await openStudy({ ...options, profile: undefined });
    const opens = [plain];
    for (const profile of plain.compilation.profiles) opens.push(await openStudy({ ...options, profile }));
    profiles += opens.length - 1;
    const unknown = new Map<NodeKey, PlanNode>();
    for (const open of opens) {
      for (const node of await nodesOf(open, computers)) {
        keys.add(node.key);
        if (node.provisional) unknown.set(node.key, node);
      }
    }
    for (const key of nodesOfLastRun(plain)) keys.add(key);
    if (unknown.size > 0) unclear.push(unclearOf(plain.place.study, unknown));
  }
  return { keys, studies: studies.length, profiles, unclear };
}

/** Where what is unknown begins: nodes that are so themselves, not only by what they are made of. */
function unclearOf(study: string, unknown: ReadonlyMap<NodeKey, PlanNode>): Unclear {
  const first = [...unknown.values()].filter(({ inputs }) => !inputs.some(({ node }) => unknown.has(node)));
  return {
    study,
    unknown: [...new Set(first.flatMap(({ resource }) => (resource === undefined ? [] : [resource.name])))],
    ops: new Set(first.map(({ op }) => op)),
  };
}

async function nodesOf(open: OpenStudy, computers: readonly Computer[]): Promise<readonly PlanNode[]> {
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
  const nodes: PlanNode[] = [];
  for (const { signature, pieces } of computers) {
    const { plan, diagnostics: found } = lower(study, facts, { signature });
    const problem = found.find(({ severity }) => severity === "error");
    if (problem !== undefined) throw new UsageError(`${name}: ${problem.message}`, "mend it, or name other studies");
    nodes.push(...plan.nodes);
    const known = readPieceSizes(open.cache, signature);
    for (const wish of ["auto", ...pieces] as const) {
      // Where a model does not allow it, nothing was computed that way either.
      const split = lower(study, facts, { signature, microBatch: microBatching(wish, known) });
      nodes.push(...split.plan.nodes);
    }
  }
  return nodes;
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
