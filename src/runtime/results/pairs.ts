/** Numbers of unordered pairs of repeats. Pairs that share a repeat are not independent, repeats are: these are drawn. */

import { quantile } from "../../analysis/statistics/quantile.js";
import { Stream } from "../random/stream.js";
import { mean, NO_SUMMARY, type Summary, standardDeviation } from "./statistics.js";

export interface RepeatPair {
  readonly first: string;
  readonly second: string;
  readonly value: number;
}

const RESAMPLES = 2000;
/** Of fewer, resamples are nearly all alike. */
const FEWEST = 3;

/**
 * Mean and sd (ddof 1) over the pairs, `n` the pairs. The interval is a percentile bootstrap over repeats: of a draw in
 * which repeats i and j came cᵢ and cⱼ times, the pair counts cᵢ·cⱼ times; draws of one repeat alone have no pair and are left out.
 */
export function summarizePairs(pairs: readonly RepeatPair[]): Summary {
  if (pairs.length === 0) return NO_SUMMARY;
  const values = pairs.map(({ value }) => value);
  const repeats = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))].sort(byNumber);
  const found = { mean: mean(values), sd: standardDeviation(values), n: pairs.length, pairs: true } as const;
  if (repeats.length < FEWEST) return { ...found, low: Number.NaN, high: Number.NaN };
  const places = new Map(repeats.map((repeat, place) => [repeat, place]));
  const ends = pairs.map(({ first, second }) => [places.get(first) ?? 0, places.get(second) ?? 0] as const);
  const means: number[] = [];
  for (const counts of drawsOf(repeats.length)) {
    let [sum, weight] = [0, 0];
    for (const [i, [a, b]] of ends.entries()) {
      const times = (counts[a] ?? 0) * (counts[b] ?? 0);
      sum += times * (values[i] ?? 0);
      weight += times;
    }
    if (weight > 0) means.push(sum / weight);
  }
  const sorted = Float64Array.from(means).sort();
  return { ...found, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

const draws = new Map<number, readonly Uint16Array[]>();

/** How often each of so many repeats comes in each resample: the same for every number, so that differences are paired. */
function drawsOf(repeats: number): readonly Uint16Array[] {
  let known = draws.get(repeats);
  if (known === undefined) {
    const stream = new Stream({ seed: 0, purpose: "bootstrap", repeat: 0, about: ["repeats", repeats] });
    known = Array.from({ length: RESAMPLES }, (_, resample) => {
      const counts = new Uint16Array(repeats);
      for (const uniform of stream.uniforms(repeats, resample * repeats)) {
        const place = Math.floor(uniform * repeats);
        counts[place] = (counts[place] ?? 0) + 1;
      }
      return counts;
    });
    draws.set(repeats, known);
  }
  return known;
}
