/** Means and their intervals. sd has ddof 1; ci95 is Student's t over the replicates. */

import { mean, standardDeviation } from "../../analysis/statistics/moments.js";
import { studentQuantile } from "../../analysis/statistics/student.js";

export { mean, standardDeviation, studentQuantile };

export interface Summary {
  readonly mean: number;
  /** ddof 1; NaN below two observations. */
  readonly sd: number;
  /** Distinct observations that have a value. */
  readonly n: number;
  /** 95 %, Student's t; NaN below two observations. */
  readonly low: number;
  readonly high: number;
  /** Of pairs of repeats: `n` counts these, and the interval is a bootstrap over repeats. */
  readonly pairs?: true;
}

export const NO_SUMMARY: Summary = { mean: Number.NaN, sd: Number.NaN, n: 0, low: Number.NaN, high: Number.NaN };

export function summarize(values: readonly number[]): Summary {
  const n = values.length;
  if (n === 0) {
    return NO_SUMMARY;
  }
  const centre = mean(values);
  const sd = standardDeviation(values);
  const half = n < 2 ? Number.NaN : (studentQuantile(0.975, n - 1) * sd) / Math.sqrt(n);
  return { mean: centre, sd, n, low: centre - half, high: centre + half };
}
