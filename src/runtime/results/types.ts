/** Tidy results: one row a number. */

import type { Scalar } from "../../compiler/study.js";

/** `not_reached`: right-censored, a number that is only known to be greater than `above`. */
export type RowStatus = "ok" | "failed" | "not_reached";

export interface ResultRow {
  /** An experiment's name, or `derive:NAME`. */
  readonly experiment: string;
  /** Outer and inner axes by name: `model`, `init`, `n`, `layer`, `split`, … */
  readonly axes: { readonly [axis: string]: Scalar };
  /** 1-based; null for a number made of several repeats. */
  readonly repeat: number | null;
  readonly seed: number | null;
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
  /** NaN where failed or not reached. */
  readonly value: number;
  /** A 95 % interval over cases, where the measure asks for one. */
  readonly low?: number;
  readonly high?: number;
  readonly status: RowStatus;
  /** Why there is no number. */
  readonly reason?: string;
  /** Where it was not reached: what it is greater than, in its own unit. A derived number knows no such bound. */
  readonly above?: number;
  /** The node the number was read from; empty for a derived quantity. */
  readonly node: string;
}

/** What every scoring or probing node gives: rows over the axes the probe itself adds (`layer`, `layer2`). */
export interface ProbeRow {
  readonly inner: { readonly [axis: string]: string | number };
  readonly value: number;
  /** Why there is none, where there is none. */
  readonly reason?: string;
  /** Right-censored: there is none, for it is greater than this. */
  readonly above?: number;
  /** A 95 % interval of this number alone, where one was asked for. */
  readonly low?: number;
  readonly high?: number;
}
export interface ProbeResult {
  readonly rows: readonly ProbeRow[];
  readonly warnings: readonly string[];
}

/** How a node ended, as the results see it; `pending`: never run, the run was interrupted. */
export type NodeOutcome =
  | { readonly status: "ok"; readonly result: ProbeResult }
  | { readonly status: "failed"; readonly reason: string }
  | { readonly status: "pending" };
