import { undefinedBecause } from "../metrics/measured.js";
import type { UniformSource } from "./interval.js";
import { mean } from "./moments.js";
import { differences, type TestResult } from "./test-result.js";

export interface SignFlipOptions {
  /** All 2ⁿ signs are tried where they are no more than this; so many are drawn otherwise. 9,999 where not given. */
  readonly resamples?: number;
}

/** As far as two sums of the same numbers in another order may differ. */
const ROUNDING = 1e-12;

/**
 * Permutation test of paired differences: under no difference each sign is as likely as its opposite. p is the share of
 * signings whose |mean| is at least the one seen, two-sided; drawn ones count the one seen among them: (b + 1)/(m + 1).
 * Undefined where there is no pair, or all differences are zero.
 * @param random draws the signs where there are too many: draw r·n + i is resample r's of pair i
 */
export function signFlip(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  random: UniformSource,
  { resamples = 9999 }: SignFlipOptions = {},
): TestResult {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new RangeError(`${resamples} resamples; at least one is needed`);
  const list = differences(first, second);
  const n = list.length;
  if (list.every((each) => each === 0)) return undefinedBecause("there is no difference that is not zero");
  const seen = Math.abs(list.reduce((sum, each) => sum + each, 0));
  const scale = list.reduce((sum, each) => sum + Math.abs(each), 0);
  const reaches = (sum: number) => Math.abs(sum) >= seen - ROUNDING * scale;
  const exact = n <= 30 && 2 ** n <= resamples + 1;
  const estimate = mean(list);
  const p = exact ? everySigning(list, reaches) : drawnSignings(list, random, resamples, reaches);
  return { kind: "tested", statistic: estimate, p, estimate, n, variant: exact ? "exact" : "sampled" };
}

function everySigning(list: readonly number[], reaches: (sum: number) => boolean): number {
  const signings = 2 ** list.length;
  let hits = 0;
  for (let signs = 0; signs < signings; signs++) {
    let sum = 0;
    list.forEach((each, i) => {
      sum += (signs >>> i) & 1 ? each : -each;
    });
    if (reaches(sum)) hits += 1;
  }
  return hits / signings;
}

function drawnSignings(
  list: readonly number[],
  random: UniformSource,
  resamples: number,
  reaches: (sum: number) => boolean,
): number {
  let hits = 0;
  for (let r = 0; r < resamples; r++) {
    const uniforms = random.uniforms(list.length, r * list.length);
    let sum = 0;
    list.forEach((each, i) => {
      sum += (uniforms[i] as number) < 0.5 ? each : -each;
    });
    if (reaches(sum)) hits += 1;
  }
  return (hits + 1) / (resamples + 1);
}
