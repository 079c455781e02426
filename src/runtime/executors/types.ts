/** Where a plan is carried out: in workers of this process, or in jobs of a cluster. Same plan, same keys, same results. */

import type { NodeKey } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import type { Execution } from "../coordinator/execution.js";
import type { EventSink } from "../journal/journal.js";
import type { RunFolder } from "../run/folder.js";
import type { PlannedStudy } from "../run/planned.js";
import type { FailurePolicy } from "../schedule/index.js";
import type { StartHeartbeat } from "../store/heartbeat.js";
import type { WorkerFactory } from "../workers/index.js";

export interface ExecutorContext {
  readonly folder: RunFolder;
  readonly events: EventSink;
  readonly policy: FailurePolicy;
  /** How often trainings write checkpoints; as their recipes say unless given. */
  readonly checkpointEvery?: CheckpointInterval | undefined;
  /** Asks for a graceful stop; its reason is a `StopReason`. */
  readonly signal: AbortSignal;
  /** Nodes that failed in an earlier round of this run, and would again. */
  readonly failed: ReadonlyMap<NodeKey, string>;
  /** Other workers than child processes: for tests. */
  readonly startWorker?: WorkerFactory | undefined;
  /** Another sign of life than a thread's: for tests. */
  readonly startHeartbeat?: StartHeartbeat | undefined;
}

/** Computes what the store lacks. @throws StoreError, UsageError */
export type Executor = (planned: PlannedStudy, context: ExecutorContext) => Promise<Execution>;

/** The reason of a signal that asks to go and to let jobs elsewhere go on: the terminal was closed, the machine goes down. */
export class LeaveError extends Error {
  override readonly name = "AbortError";
  constructor() {
    super("the process is to end; what runs elsewhere may go on");
  }
}
