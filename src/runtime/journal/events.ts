/** The journal's events: UI, plain lines, NDJSON and resume all read these and nothing else. */

import type { Reason } from "../../compiler/plan/reason.js";
import type { NodeKey, OpName } from "../../compiler/plan/types.js";

/** Why nodes of a run are computed, a group a cause. */
export interface RunCause {
  readonly kind: Reason["kind"];
  readonly nodes: number;
  /** `because batch 64 → 32 (study.xfer:41)`, `new`. */
  readonly text: string;
}

export type RunEvent = { readonly at: string } & (
  | {
      readonly type: "run.started";
      readonly run: string;
      readonly study: string;
      readonly engine: string;
      /** Why this engine, where there was another. */
      readonly engineReason?: string;
      readonly workers: number;
      /** Whose run it is: a hash of the host's name, and the process. */
      readonly by?: { readonly host: string; readonly pid: number };
      readonly cells: number;
      readonly nodes: number;
      readonly cached: number;
      readonly estimateSeconds: number;
      /** Some trainings may stop early. */
      readonly atMost?: true;
      /** What the cached nodes took when they were computed. */
      readonly savedSeconds: number;
      /** What computing shared nodes once saves, as estimated. */
      readonly sharedSeconds: number;
      readonly causes: readonly RunCause[];
    }
  | {
      /** Trainings found no memory and are taken in pieces, under keys of their own: another plan from here on. */
      readonly type: "run.replanned";
      readonly nodes: number;
      /** Of these, what was there when the run began. */
      readonly cached: number;
      /** Of what is left to compute. */
      readonly estimateSeconds: number;
      readonly atMost?: true;
    }
  | {
      readonly type: "node.cached";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly savedSeconds: number;
    }
  | {
      readonly type: "node.started";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly attempt: number;
      readonly estimateSeconds: number;
      /** It may stop before the last of its steps. */
      readonly atMost?: true;
    }
  | {
      readonly type: "node.progress";
      readonly node: NodeKey;
      readonly worker: number;
      readonly done: number;
      readonly total: number;
      /** `loss`, `lr`, `val`, … */
      readonly values: { readonly [name: string]: number };
    }
  | {
      /** It goes on from a checkpoint. */
      readonly type: "node.resumed";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly step: number;
      readonly of: number;
    }
  | {
      readonly type: "node.checkpoint";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly step: number;
      readonly of: number;
      /** What writing it took. */
      readonly seconds: number;
    }
  | {
      /** It was asked to stop; a checkpoint keeps what was done. */
      readonly type: "node.stopped";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly step: number;
      readonly of: number;
    }
  | {
      readonly type: "node.finished";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly seconds: number;
      readonly summary: string;
    }
  | {
      readonly type: "node.failed";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
      readonly attempt: number;
      readonly message: string;
      readonly willRetry: boolean;
      /** Where it will be tried again: after how long. */
      readonly retryInSeconds?: number;
    }
  | {
      /** Another run computes it just now. */
      readonly type: "node.waiting";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      /** Null where it cannot be told. */
      readonly holder: RunHolder | null;
    }
  | {
      /** Another run has computed it. */
      readonly type: "node.shared";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly savedSeconds: number;
      readonly estimateSeconds: number;
    }
  | {
      /** This run was paused for so long that another took a node over. */
      readonly type: "lease.lost";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly worker: number;
    }
  | {
      readonly type: "node.skipped";
      readonly node: NodeKey;
      readonly op: OpName;
      readonly label: string;
      readonly because: NodeKey;
    }
  | { readonly type: "worker.lost"; readonly worker: number; readonly message: string }
  | {
      /** Of a run whose jobs are in a cluster's queue: how they stand. */
      readonly type: "queue";
      readonly running: number;
      readonly waiting: number;
      /** Why they wait, in the cluster's words, and how many for that. */
      readonly reasons: { readonly [reason: string]: number };
      /** Jobs that were just submitted. */
      readonly submitted?: { readonly array: string; readonly jobs: number };
    }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "run.interrupted"; readonly finished: number; readonly remaining: number }
  | {
      readonly type: "run.finished";
      readonly seconds: number;
      readonly computed: number;
      readonly cached: number;
      readonly failed: number;
      /** Computed by other runs while this one waited for them. */
      readonly shared?: number;
      readonly report: string | null;
    }
);

/** Another run at work on the same cache. */
export interface RunHolder {
  readonly run: string;
  /** An alias of its host; null where it is this one. */
  readonly host: string | null;
  readonly pid: number;
}
