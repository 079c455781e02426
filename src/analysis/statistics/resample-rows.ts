/** Bootstrap of a number made of rows: rows drawn with replacement, or whole clusters of them. */

import { type Measured, type Undefined, undefinedBecause, valued } from "../metrics/measured.js";
import { intervalEnds } from "./bootstrap.js";
import type { UniformSource } from "./interval.js";

export interface RowResampling {
  readonly resamples: number;
  /** Of every row; absent: a row is its own. */
  readonly clusters?: readonly string[];
}

export interface RowInterval {
  readonly kind: "interval";
  readonly low: number;
  readonly high: number;
  /** Resamples in which there was no number. */
  readonly withoutValue: number;
}

/**
 * 95 % percentile intervals of several numbers of the same resamples.
 * @param of the numbers of some rows, by their indices; a row drawn twice is there twice
 * @source Efron 1979; of clusters: Cameron, Gelbach and Miller 2008, the pairs cluster bootstrap.
 */
export function resampleRows(
  rows: number,
  of: (drawn: readonly number[]) => readonly Measured[],
  { resamples, clusters }: RowResampling,
  random: UniformSource,
): readonly (RowInterval | Undefined)[] {
  const members = membersOf(rows, clusters);
  if (members.length < 2) {
    return of(Array.from({ length: rows }, (_, i) => i)).map(() =>
      undefinedBecause(`there is ${members.length} ${clusters === undefined ? "row" : "cluster"} to draw from`),
    );
  }
  const values: Float64Array[] = [];
  for (let r = 0; r < resamples; r++) {
    const uniforms = random.uniforms(members.length, r * members.length);
    const drawn = Array.from(uniforms, (uniform) => members[Math.floor(uniform * members.length)] ?? []).flat();
    of(drawn).forEach((measured, at) => {
      values[at] ??= new Float64Array(resamples).fill(Number.NaN);
      if (measured.kind === "value") (values[at] as Float64Array)[r] = measured.value;
    });
  }
  return values.map((found) =>
    percentiles(resamples, (r) => {
      const value = found[r] as number;
      return Number.isFinite(value) ? valued(value) : NO_VALUE;
    }),
  );
}

const NO_VALUE = undefinedBecause("no value");

/** 95 % by percentiles of resampled numbers; none where most have no value. */
export function percentiles(resamples: number, of: (resample: number) => Measured): RowInterval | Undefined {
  const finite = Float64Array.from(
    Array.from({ length: resamples }, (_, r) => of(r)).flatMap((measured) =>
      measured.kind === "value" ? [measured.value] : [],
    ),
  );
  const withoutValue = resamples - finite.length;
  if (2 * withoutValue > resamples) {
    return undefinedBecause(`${withoutValue} of ${resamples} resamples have no value`);
  }
  const ends = intervalEnds(finite, Number.NaN, 0.95);
  return ends.kind === "undefined" ? ends : { kind: "interval", low: ends.low, high: ends.high, withoutValue };
}

function membersOf(rows: number, clusters: readonly string[] | undefined): readonly (readonly number[])[] {
  const groups = new Map<string | number, number[]>();
  for (let i = 0; i < rows; i++) {
    const key = clusters?.[i] ?? i;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  return [...groups.values()];
}
