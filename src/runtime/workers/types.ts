/** What the coordinator knows of a worker, whether it is a child process or (in tests) a function beside it. */

import type { Json } from "../../catalog/types.js";
import type { NodeKey, NumericSignature, PlanNode } from "../../compiler/plan/types.js";
import type { CheckpointInterval } from "../../compiler/study.js";
import type { MemoryState } from "../devices/limits.js";
import type { EngineOptions } from "../engine/types.js";
import type { BlobRef, Manifest } from "../store/types.js";
import type { StageNote } from "../train/request.js";

/** Nodes to compute together: one, or several that share a forward pass. */
export interface Job {
  readonly id: number;
  readonly nodes: readonly JobNode[];
}
export interface JobNode {
  readonly node: PlanNode;
  /** Manifests of the inputs, by role. */
  readonly inputs: { readonly [role: string]: Manifest };
  /** Where a dataset or checkpoint file lies on this machine. */
  readonly resource?: string;
  /** How often unfinished work is kept; absent where the operation is too short for it. */
  readonly checkpointEvery?: CheckpointInterval;
}

export type NodeOutcome =
  | {
      readonly node: NodeKey;
      readonly ok: true;
      readonly outputs: { readonly [name: string]: BlobRef };
      readonly value: Json;
      readonly summary: string;
      readonly seconds: number;
      readonly peakBytes: number;
    }
  | { readonly node: NodeKey; readonly ok: false; readonly problem: Problem };

export type Problem =
  /** The operation said no: a corrupt image, a misshapen tensor. Trying again gives the same. */
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly trace: string;
      /** A sentence for whoever watches, that is no part of the results: where its last good state lies. */
      readonly kept?: string;
    }
  /** No room, on the device or in the process; `state` is the process' when it happened. The worker is of no more use. */
  | { readonly kind: "memory"; readonly message: string; readonly state: MemoryState }
  /** The device is gone; another worker may find it again. */
  | { readonly kind: "device"; readonly message: string }
  /** An input blob is damaged; whoever made it has to make it again. */
  | { readonly kind: "damaged"; readonly ref: BlobRef; readonly damage: "missing" | "torn" | "altered" }
  /** Disk full, no permission: the whole run has to stop. */
  | { readonly kind: "store"; readonly problem: "full" | "denied" | "read-only" | "broken"; readonly message: string }
  | { readonly kind: "cancelled" };

export type { MemoryState };

export interface Progress {
  readonly node: NodeKey;
  readonly done: number;
  readonly total: number;
  readonly values: { readonly [name: string]: number };
}

/** What a node has to say beside its progress: that it resumed, wrote a checkpoint, met a damaged one. */
export type Note = StageNote & { readonly node: NodeKey };

export interface Worker {
  /** One job at a time. @throws WorkerLostError when the worker dies under it. */
  run(
    job: Job,
    onProgress: (progress: Progress) => void,
    onNote?: (note: Note) => void,
  ): Promise<readonly NodeOutcome[]>;
  /** Asks the running job to keep what it has and end soon; its nodes come back as cancelled. */
  cancel(): void;
  /** Lets the worker go; kills it when it does not go by itself. */
  stop(): Promise<void>;
}

export interface EngineChoice {
  readonly id: string;
  readonly device: NumericSignature["device"];
  readonly threads: number;
  readonly limits?: EngineOptions["limits"];
}

export type WorkerFactory = (slot: number) => Promise<Worker>;

/** The worker's process is gone: killed, out of memory, or a crash in native code. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
  constructor(
    message: string,
    /** `memory` where its last words or the system's count of such ends say so. */
    readonly reason: "memory" | "unknown" = "unknown",
  ) {
    super(message);
  }
}

/** The worker could not start at all, and another one would not either. */
export class WorkerStartError extends Error {
  override readonly name = "WorkerStartError";
}
