/** How two numbers go together, and how surely. */

import { type Measured, undefinedBecause, valued } from "../metrics/measured.js";
import { mean } from "./moments.js";
import { normalQuantile } from "./normal-quantile.js";
import { ranksOf } from "./ranks.js";

export const CORRELATIONS = ["pearson", "spearman", "kendall"] as const;
export type CorrelationMethod = (typeof CORRELATIONS)[number];

/** Two points always lie on a line. */
const FEWEST_POINTS = 3;

/**
 * Pearson's r; Spearman's, of ranks with ties at their mean; Kendall's τ-b.
 * @throws RangeError where the sides have different lengths
 */
export function correlation(x: readonly number[], y: readonly number[], method: CorrelationMethod): Measured {
  if (x.length !== y.length) throw new RangeError(`${x.length} numbers beside ${y.length}`);
  if (x.length < FEWEST_POINTS) {
    return undefinedBecause(
      `it needs ${FEWEST_POINTS} points, and there ${x.length === 1 ? "is 1" : `are ${x.length}`}`,
    );
  }
  for (const [side, values] of [["first", x] as const, ["second", y] as const]) {
    if (values.every((value) => value === values[0]))
      return undefinedBecause(`the ${side} side is the same everywhere`);
  }
  switch (method) {
    case "pearson":
      return valued(pearson(x, y));
    case "spearman":
      return valued(pearson(Array.from(ranksOf(x).ranks), Array.from(ranksOf(y).ranks)));
    case "kendall":
      return valued(kendall(x, y));
    default:
      return method satisfies never;
  }
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [(x[i] as number) - mx, (y[i] as number) - my];
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return bounded(xy / Math.sqrt(xx) / Math.sqrt(yy));
}

const bounded = (r: number): number => Math.max(-1, Math.min(1, r));

function kendall(x: readonly number[], y: readonly number[]): number {
  let [agree, tiedX, tiedY] = [0, 0, 0];
  const n = x.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign((x[i] as number) - (x[j] as number));
      const b = Math.sign((y[i] as number) - (y[j] as number));
      agree += a * b;
      tiedX += a === 0 ? 1 : 0;
      tiedY += b === 0 ? 1 : 0;
    }
  }
  const pairs = (n * (n - 1)) / 2;
  return bounded(agree / Math.sqrt(pairs - tiedX) / Math.sqrt(pairs - tiedY));
}

/**
 * 95 % by Fisher's z, whose standard error is 1/√(n − 3) of Pearson's r; √((1 + r²/2)/(n − 3)) of Spearman's and
 * √(0.437/(n − 4)) of Kendall's. NaN where there are too few points for one; for Spearman's and Kendall's it is rough
 * below some ten.
 * @source Bonett and Wright, Sample size requirements for estimating Pearson, Kendall and Spearman correlations, 2000.
 */
export function correlationInterval(
  r: number,
  n: number,
  method: CorrelationMethod,
): { readonly low: number; readonly high: number } {
  const error = errorOf(r, n, method);
  const half = normalQuantile(0.975) * error;
  const z = Math.atanh(r);
  return Number.isFinite(z) && Number.isFinite(half)
    ? { low: Math.tanh(z - half), high: Math.tanh(z + half) }
    : { low: Number.NaN, high: Number.NaN };
}

function errorOf(r: number, n: number, method: CorrelationMethod): number {
  switch (method) {
    case "pearson":
      return n > 3 ? 1 / Math.sqrt(n - 3) : Number.NaN;
    case "spearman":
      return n > 3 ? Math.sqrt((1 + (r * r) / 2) / (n - 3)) : Number.NaN;
    case "kendall":
      return n > 4 ? Math.sqrt(0.437 / (n - 4)) : Number.NaN;
    default:
      return method satisfies never;
  }
}
