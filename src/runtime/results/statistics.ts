/** Means and their intervals. sd has ddof 1; ci95 is Student's t over the replicates. */

import { studentQuantile } from "../../analysis/student.js";

export { studentQuantile };

export interface Summary {
  readonly mean: number;
  /** ddof 1; NaN below two observations. */
  readonly sd: number;
  /** Distinct observations that have a value. */
  readonly n: number;
  /** 95 %, Student's t; NaN below two observations. */
  readonly low: number;
  readonly high: number;
}

export const NO_SUMMARY: Summary = { mean: Number.NaN, sd: Number.NaN, n: 0, low: Number.NaN, high: Number.NaN };

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return values.length === 0 ? Number.NaN : sum / values.length;
}

export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    return Number.NaN;
  }
  const centre = mean(values);
  let sum = 0;
  for (const value of values) {
    sum += (value - centre) ** 2;
  }
  return Math.sqrt(sum / (values.length - 1));
}

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
