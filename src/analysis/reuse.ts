/** What transfer gains, and how much of it is reuse of features: numbers of paired repeats, with their intervals. */

import { studentQuantile } from "./statistics/student.js";

export interface PairedEstimate {
  readonly value: number;
  /** 95 %; NaN below two pairs. */
  readonly low: number;
  readonly high: number;
  /** Pairs of which both sides have a value. */
  readonly n: number;
}

/**
 * Relative gain WT / RI: the ratio of means, as published, its interval by the jackknife over pairs.
 * @param transferred the metric by repeat, of weight transfer; NaN where a repeat failed
 * @param random of random initialization, the same repeats in the same order
 */
export function relativeGain(transferred: ArrayLike<number>, random: ArrayLike<number>): PairedEstimate {
  const pairs = pairsOf(transferred, random);
  const ratio = (left: number) => {
    let [above, below] = [0, 0];
    pairs.forEach(([a, b], i) => {
      if (i === left) return;
      above += a;
      below += b;
    });
    return above / below;
  };
  return jackknife(pairs.length, ratio);
}

/**
 * Share of the transferred model's metric that is reuse of features, (WT − ST) / WT: of each repeat, then the mean, with
 * Student's t over repeats.
 * @param sampled of statistics transfer
 */
export function reuseShare(transferred: ArrayLike<number>, sampled: ArrayLike<number>): PairedEstimate {
  const shares = pairsOf(transferred, sampled).map(([a, b]) => (a - b) / a);
  const n = shares.length;
  const mean = shares.reduce((sum, share) => sum + share, 0) / n;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  return around(n === 0 ? Number.NaN : mean, Math.sqrt(squares / (n - 1) / n), n);
}

/**
 * A number made of n observations with the jackknife's standard error and Student's t.
 * @param without the number with one observation left out; with all, where none has that index (−1)
 * @source Tukey 1958; Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, §3.
 */
export function jackknife(n: number, without: (left: number) => number): PairedEstimate {
  const value = n === 0 ? Number.NaN : without(-1);
  if (n < 2) return { value, low: Number.NaN, high: Number.NaN, n };
  const others = Array.from({ length: n }, (_, left) => without(left));
  const centre = others.reduce((sum, other) => sum + other, 0) / n;
  const squares = others.reduce((sum, other) => sum + (other - centre) ** 2, 0);
  return around(value, Math.sqrt(((n - 1) / n) * squares), n);
}

function around(value: number, error: number, n: number): PairedEstimate {
  const half = n < 2 ? Number.NaN : studentQuantile(0.975, n - 1) * error;
  return { value, low: value - half, high: value + half, n };
}

function pairsOf(a: ArrayLike<number>, b: ArrayLike<number>): readonly (readonly [number, number])[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} repeats beside ${b.length}`);
  return Array.from(a, (value, i) => [value, b[i] as number] as const).filter((pair) => pair.every(Number.isFinite));
}
