import { undefinedBecause } from "../metrics/measured.js";
import { incompleteBeta } from "./beta.js";
import { normalTwoSided } from "./normal.js";
import type { TestResult } from "./test-result.js";

export interface McnemarOptions {
  /** `exact`: the binomial; `asymptotic`: χ² with continuity correction (Edwards 1948). `auto`: exact below 25 discordant. */
  readonly variant?: "auto" | "exact" | "asymptotic";
}

/**
 * McNemar's test of two classifiers on the same cases (McNemar 1947): whether those only the first gets right and those
 * only the second does are as many. The statistic is the smaller of the two (exact) or χ². Undefined where there is none.
 * @param first whether (1) or not (0) the first is right about each case; `second` likewise
 * @throws RangeError where they differ in length or hold anything but 0 and 1
 */
export function mcnemar(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { variant = "auto" }: McnemarOptions = {},
): TestResult {
  if (first.length !== second.length) throw new RangeError(`${first.length} cases beside ${second.length}`);
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i] as number, second[i] as number];
    if ((a !== 0 && a !== 1) || (b !== 0 && b !== 1))
      throw new RangeError(`case ${i} is neither right (1) nor wrong (0)`);
    if (a === 1 && b === 0) onlyFirst += 1;
    if (a === 0 && b === 1) onlySecond += 1;
  }
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return undefinedBecause("both are right about the same cases");
  const exact = variant === "exact" || (variant === "auto" && discordant < 25);
  const fewer = Math.min(onlyFirst, onlySecond);
  const square = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) ** 2 / discordant;
  return {
    kind: "tested",
    statistic: exact ? fewer : square,
    p: exact ? Math.min(1, 2 * binomialHalf(fewer, discordant)) : normalTwoSided(Math.sqrt(square)),
    estimate: (onlyFirst - onlySecond) / first.length,
    n: first.length,
    variant: exact ? "exact" : "asymptotic",
  };
}

/** P(X ≤ k) of a fair coin's n throws. */
function binomialHalf(k: number, n: number): number {
  return k >= n ? 1 : incompleteBeta(0.5, n - k, k + 1);
}
