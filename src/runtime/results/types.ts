/** Tidy results: one row a number. */

export type RowStatus = "ok" | "failed";

export interface ResultRow {
  readonly experiment: string;
  /** Outer and inner axes by name: `model`, `init`, `n`, `layer`, `split`, … */
  readonly axes: { readonly [axis: string]: string | number | boolean };
  readonly repeat: number;
  readonly seed: number;
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
  /** NaN where failed. */
  readonly value: number;
  readonly status: RowStatus;
  /** Why it failed. */
  readonly reason?: string;
  readonly node: string;
}

/** What every scoring or probing node gives: rows over the axes the probe itself adds (`layer`, `layer2`). */
export interface ProbeRow {
  readonly inner: { readonly [axis: string]: string | number };
  readonly value: number;
}
export interface ProbeResult {
  readonly rows: readonly ProbeRow[];
  readonly warnings: readonly string[];
}
