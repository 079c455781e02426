/** What takes files, data folders and checkpoints to know; found out on save, in a process of its own. */

import type { Diagnostic } from "../../compiler/diagnostics.js";
import type { DatasetFacts } from "../../compiler/host.js";

export interface SlowRequest {
  /** Of the study; absolute. */
  readonly path: string;
  /** Folder paths are shown relative to; absolute. */
  readonly root: string;
  /** Texts of open documents, by absolute path. */
  readonly texts: readonly (readonly [path: string, text: string])[];
  /** `plan` also draws the plan. */
  readonly wish: "check" | "plan";
}

export interface ExperimentReport {
  readonly name: string;
  readonly cells: number;
  /** Cells none of whose nodes has to run. */
  readonly cached: number;
}

export interface SlowReport {
  /** Of the lowering: what needs data or tensors; the compiler's own are said as one types. */
  readonly diagnostics: readonly Diagnostic[];
  readonly experiments: readonly ExperimentReport[];
  /** Absent where the study has errors, or nothing here can compute it. */
  readonly nodes?: { readonly all: number; readonly missing: number };
  readonly datasets: readonly { readonly name: string; readonly declaredIn: string; readonly facts: DatasetFacts }[];
  /** The plan as a Mermaid flowchart, where it was asked for. */
  readonly mermaid?: string;
  /** Why there is no plan: no engine, a cache that cannot be read. */
  readonly problem?: string;
}

/** `undefined` where it was stopped. */
export interface SlowChecker {
  check(request: SlowRequest, signal: AbortSignal): Promise<SlowReport | undefined>;
  close(): void;
}
