/** Ordinary least squares by Householder's QR, with plain or cluster-robust standard errors. */

import { type Undefined, undefinedBecause } from "../metrics/measured.js";
import { studentQuantile, upperTail } from "./student.js";

export interface Coefficient {
  readonly value: number;
  /** NaN where there are no degrees of freedom left. */
  readonly error: number;
  /** Two-sided, of the coefficient being 0. */
  readonly p: number;
  /** 95 %, Student's t. */
  readonly low: number;
  readonly high: number;
}

export interface Fit {
  readonly kind: "fit";
  readonly coefficients: readonly Coefficient[];
  readonly rSquared: number;
  readonly rows: number;
  /** Of the t: rows − columns, or clusters − 1. */
  readonly df: number;
}

export interface LeastSquaresOptions {
  /** Of every row. Errors are then CR1: (G/(G−1))·((N−1)/(N−K)) times the sandwich over the G clusters. */
  readonly clusters?: readonly string[];
  /** What a column is called where it cannot be told from the others. */
  readonly names?: readonly string[];
}

/**
 * @param columns one array a regressor, the constant among them
 * @source Cameron and Miller, A Practitioner's Guide to Cluster-Robust Inference, 2015, §II.
 * @throws RangeError where lengths differ
 */
export function leastSquares(
  y: readonly number[],
  columns: readonly (readonly number[])[],
  options: LeastSquaresOptions = {},
): Fit | Undefined {
  const [n, k] = [y.length, columns.length];
  const { clusters, names } = options;
  for (const { length } of clusters === undefined ? columns : [...columns, clusters]) {
    if (length !== n) throw new RangeError(`${length} numbers beside ${n}`);
  }
  if (n <= k) return undefinedBecause(`${k} coefficients need more than ${n} ${n === 1 ? "row" : "rows"}`);
  const groups = clusters === undefined ? undefined : [...new Set(clusters)];
  if (groups !== undefined && groups.length < 2) return undefinedBecause("all rows lie in one cluster");
  const solved = solve(y, columns);
  if (typeof solved === "number") {
    return undefinedBecause(`${names?.[solved] ?? `column ${solved + 1}`} is constant or follows from the other terms`);
  }
  const { beta, inverse } = solved;
  const residuals = y.map((value, i) => value - beta.reduce((sum, b, j) => sum + b * at(columns, j, i), 0));
  const squares = residuals.reduce((sum, e) => sum + e * e, 0);
  const df = groups === undefined ? n - k : groups.length - 1;
  const variances =
    clusters === undefined || groups === undefined
      ? plain(inverse, squares / (n - k))
      : clustered(inverse, columns, residuals, clusters, groups);
  const quantile = studentQuantile(0.975, df);
  const centre = y.reduce((sum, value) => sum + value, 0) / n;
  const total = y.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return {
    kind: "fit",
    rows: n,
    df,
    rSquared: total === 0 ? Number.NaN : 1 - squares / total,
    coefficients: beta.map((value, j) => {
      const error = Math.sqrt(variances[j] as number);
      const p = error > 0 ? 2 * upperTail(Math.abs(value) / error, df) : Number.NaN;
      return { value, error, p, low: value - quantile * error, high: value + quantile * error };
    }),
  };
}

const at = (columns: readonly (readonly number[])[], j: number, i: number): number => columns[j]?.[i] as number;

/** A column is dependent where what is left of it is this small beside itself. */
const DEPENDENT = 1e-10;

/** β and (XᵀX)⁻¹, or the first column that depends on those before it. */
function solve(
  y: readonly number[],
  columns: readonly (readonly number[])[],
): { readonly beta: number[]; readonly inverse: readonly Float64Array[] } | number {
  const k = columns.length;
  const work = columns.map((column) => Float64Array.from(column));
  const right = Float64Array.from(y);
  const diagonal = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    const column = work[j] as Float64Array;
    const whole = Math.hypot(...column);
    const below = column.subarray(j);
    const norm = Math.hypot(...below);
    if (!(norm > DEPENDENT * whole)) return j;
    const alpha = (below[0] as number) > 0 ? -norm : norm;
    diagonal[j] = alpha;
    const v = Float64Array.from(below);
    v[0] = (v[0] as number) - alpha;
    const scale = 2 / v.reduce((sum, value) => sum + value * value, 0);
    for (const other of [...work.slice(j + 1), right]) {
      const part = other.subarray(j);
      let inner = 0;
      for (let i = 0; i < v.length; i++) inner += (v[i] as number) * (part[i] as number);
      for (let i = 0; i < v.length; i++) part[i] = (part[i] as number) - scale * inner * (v[i] as number);
    }
  }
  const r = (i: number, j: number): number => (i === j ? (diagonal[i] as number) : (work[j]?.[i] as number));
  const back = (b: Float64Array): Float64Array => {
    const x = b.slice(0, k);
    for (let i = k - 1; i >= 0; i--) {
      for (let j = i + 1; j < k; j++) x[i] = (x[i] as number) - r(i, j) * (x[j] as number);
      x[i] = (x[i] as number) / r(i, i);
    }
    return x;
  };
  // columns of R⁻¹
  const roots = Array.from({ length: k }, (_, j) =>
    back(Float64Array.from({ length: k }, (_, i) => (i === j ? 1 : 0))),
  );
  const inverse = Array.from({ length: k }, (_, a) =>
    Float64Array.from({ length: k }, (_, b) =>
      roots.reduce((sum, root) => sum + (root[a] as number) * (root[b] as number), 0),
    ),
  );
  return { beta: Array.from(back(right)), inverse };
}

function plain(inverse: readonly Float64Array[], variance: number): readonly number[] {
  return inverse.map((row, j) => (row[j] as number) * variance);
}

function clustered(
  inverse: readonly Float64Array[],
  columns: readonly (readonly number[])[],
  residuals: readonly number[],
  clusters: readonly string[],
  groups: readonly string[],
): readonly number[] {
  const [n, k, g] = [residuals.length, columns.length, groups.length];
  const scores = new Map(groups.map((group) => [group, new Float64Array(k)]));
  for (let i = 0; i < n; i++) {
    const score = scores.get(clusters[i] as string) as Float64Array;
    for (let j = 0; j < k; j++) score[j] = (score[j] as number) + at(columns, j, i) * (residuals[i] as number);
  }
  const factor = (g / (g - 1)) * ((n - 1) / (n - k));
  return inverse.map((row) => {
    let sum = 0;
    for (const score of scores.values()) {
      const part = row.reduce((inner, value, j) => inner + value * (score[j] as number), 0);
      sum += part * part;
    }
    return factor * sum;
  });
}
