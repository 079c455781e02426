/** Runs a job's operations and says how each node ended; the same code in a child process and in tests. */

import type { NodeKey, PlanNode } from "../../compiler/plan/types.js";
import type { FileDigests } from "../data/types.js";
import { memoryState, peakRss } from "../devices/limits.js";
import { failureKind } from "../engine/failures.js";
import type { Engine } from "../engine/types.js";
import type { OpContext, OpResult } from "../ops/types.js";
import type { Plugins } from "../plugins/load.js";
import { DamagedBlobError, StoreError } from "../store/errors.js";
import type { PartialWork } from "../store/partial.js";
import type { BlobStore } from "../store/types.js";
import { TrainingError } from "../train/errors.js";
import type { StageNote } from "../train/request.js";
import type { Job, JobNode, NodeOutcome, Note, Problem, Progress } from "./types.js";

export interface OpCall {
  readonly node: PlanNode;
  readonly context: OpContext;
}

/** The operations themselves: of one node, or of several that share a forward pass. */
export type RunOps = (calls: readonly OpCall[]) => Promise<ReadonlyMap<NodeKey, OpResult>>;

export interface ExecuteOptions {
  readonly engine: Engine;
  readonly blobs: BlobStore;
  /** Where unfinished work of a node is kept; without it, nowhere. */
  readonly partial?: (key: NodeKey) => PartialWork;
  /** Of files that commands before this one have read. */
  readonly digests?: FileDigests;
  /** What the project's plug-ins bring. */
  readonly plugins?: Plugins;
  readonly runOps: RunOps;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onNote?: ((note: Note) => void) | undefined;
}

export async function executeJob(job: Job, options: ExecuteOptions): Promise<readonly NodeOutcome[]> {
  const together = await attempt(job.nodes, options);
  if (job.nodes.length === 1 || !together.some(isOwnFailure)) return together;
  // One member failed and took the pass with it; alone, the others have their own fate.
  const outcomes: NodeOutcome[] = [];
  for (const one of job.nodes) outcomes.push(...(await attempt([one], options)));
  return outcomes;
}

function isOwnFailure(outcome: NodeOutcome): boolean {
  return !outcome.ok && outcome.problem.kind === "failed";
}

async function attempt(nodes: readonly JobNode[], options: ExecuteOptions): Promise<readonly NodeOutcome[]> {
  const failed = (problem: Problem): readonly NodeOutcome[] =>
    nodes.map(({ node }) => ({ node: node.key, ok: false, problem }));
  if (options.signal.aborted) return failed({ kind: "cancelled" });
  const started = performance.now();
  try {
    const results = await options.runOps(nodes.map((one) => ({ node: one.node, context: contextOf(one, options) })));
    // Nodes of one pass share its time; nobody can say which of them took how much of it.
    const seconds = (performance.now() - started) / 1000 / nodes.length;
    return nodes.map(({ node }) => finished(node, results.get(node.key), seconds));
  } catch (error) {
    return failed(options.signal.aborted ? { kind: "cancelled" } : problemOf(error));
  }
}

function contextOf(one: JobNode, options: ExecuteOptions): OpContext {
  const { checkpointEvery: every } = one;
  const { partial } = options;
  const { key: node } = one.node;
  const onNote = (note: StageNote) => options.onNote?.({ ...note, node });
  return {
    ...(every === undefined || partial === undefined ? {} : { checkpoints: { work: partial(node), every, onNote } }),
    ...(partial === undefined ? {} : { unfinished: partial(node) }),
    ...(options.digests === undefined ? {} : { digests: options.digests }),
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
    blobs: options.blobs,
    inputs: new Map(Object.entries(one.inputs)),
    engine: options.engine,
    resource: one.resource,
    signal: options.signal,
    progress: (done, total, values = {}) => options.onProgress({ node: one.node.key, done, total, values }),
  };
}

function finished(node: PlanNode, result: OpResult | undefined, seconds: number): NodeOutcome {
  if (result === undefined) {
    const message = `internal error: ${node.op} gave no result for ${node.label}`;
    return { node: node.key, ok: false, problem: { kind: "failed", message, trace: "" } };
  }
  const { outputs, value, summary, secondsBefore = 0 } = result;
  // Of the whole process so far: an upper bound for this node.
  const peakBytes = peakRss();
  return { node: node.key, ok: true, outputs, value, summary, seconds: seconds + secondsBefore, peakBytes };
}

function problemOf(error: unknown): Problem {
  if (error instanceof DamagedBlobError) return { kind: "damaged", ref: error.ref, damage: error.damage };
  if (error instanceof StoreError) return { kind: "store", problem: error.problem, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  switch (failureKind(error)) {
    case "memory":
      return { kind: "memory", message, state: memoryState() };
    case "device":
      return { kind: "device", message };
    case "other":
      break;
  }
  if (error instanceof Error) {
    const kept = error instanceof TrainingError && error.kept !== undefined ? { kept: error.kept } : {};
    return { kind: "failed", message, trace: error.stack ?? "", ...kept };
  }
  return { kind: "failed", message, trace: "" };
}
