/** What a report is made from, while a run's plan is at hand, and what is kept of it to make the report again. */

import type { Diagnostic } from "../../compiler/diagnostics.js";
import type { NodeKey, NumericSignature, Plan } from "../../compiler/plan/types.js";
import type { CheckedStudy } from "../../compiler/study.js";
import type { Manifest } from "../store/types.js";

/** `complete`: every number is there. `partial`: some cells failed. `interrupted`: some were never run. */
export type RunStatus = "complete" | "partial" | "interrupted";

export interface RunMetadata {
  /** `2026-11-23T09-30-00-1a2b3c`: the run folder's own name. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly status: RunStatus;
  readonly seconds: number;
  readonly computed: number;
  readonly cached: number;
  readonly failed: number;
  /** Seconds the cached nodes took when they were computed. */
  readonly savedSeconds: number;
  readonly xferc: string;
  readonly node: string;
  /** `linux x64`; never a host's name. */
  readonly platform: string;
  readonly signature: NumericSignature;
  /** SHA-256 of `study.lock.json`, hex; absent where none was written. */
  readonly lockDigest?: string;
  /** As a user would type it: `xferc run studies/quickstart.xfer --profile small`. */
  readonly command: string;
}

export interface ReportInput {
  readonly study: CheckedStudy;
  readonly plan: Plan;
  /** What a finished node left behind; undefined where it failed or never ran. */
  manifest(node: NodeKey): Manifest | undefined;
  /** Why a node failed, or which failure stopped it; undefined where it did not fail. */
  failure(node: NodeKey): string | undefined;
  readonly run: RunMetadata;
  /** Whether a file of the study is the one that comes with xferc, by whatever path it was read; by its name unless told. */
  readonly isBundled?: (declaredIn: string) => boolean;
  /** The linter's and checker's warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface WrittenReport {
  /** Of `report/index.html`. */
  readonly path: string;
  /** Every file written, relative to the run folder. */
  readonly files: readonly string[];
  readonly rows: number;
  readonly failedRows: number;
}
