/** Confidence intervals. */

import type { Undefined } from "../metrics/measured.js";

export interface IntervalValue {
  readonly kind: "interval";
  readonly low: number;
  readonly high: number;
  /** Nominal coverage, e.g. 0.95. */
  readonly level: number;
  readonly method: "percentile" | "bca";
  /** What was drawn with replacement: cases, or groups (patients). */
  readonly units: number;
  readonly resamples: number;
  /** Resamples without a number, left out: one class only, say. */
  readonly withoutValue: number;
  /** Resamples whose number is a mean of fewer classes or labels than the estimate's. */
  readonly partial: number;
}
export type Interval = IntervalValue | Undefined;

/** Draw i is the same whenever it is asked for; `Stream` of the runtime is one. */
export interface UniformSource {
  /** `count` numbers uniform in [0, 1), beginning with draw `from`. */
  uniforms(count: number, from?: number): Float64Array;
}
