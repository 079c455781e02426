/** What a statistical test gives. */

import type { Undefined } from "../metrics/measured.js";

export interface TestValue {
  readonly kind: "tested";
  /** The statistic the method is named for: t, z, W, χ², or the mean difference. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  /** The difference that is tested, first minus second: of means, of AUCs, of shares right. */
  readonly estimate: number;
  /** Its standard error, where the method has one. */
  readonly standardError?: number;
  /** The estimate's 95 % interval, where the method has one. */
  readonly interval?: { readonly low: number; readonly high: number };
  readonly df?: number;
  /** Pairs, or cases, that entered. */
  readonly n: number;
  /** Which of a method's variants was computed. */
  readonly variant?: "exact" | "asymptotic" | "sampled";
}
export type TestResult = TestValue | Undefined;

/** First minus second. @throws RangeError where their numbers differ or one is not finite */
export function differences(first: ArrayLike<number>, second: ArrayLike<number>): number[] {
  if (first.length !== second.length) throw new RangeError(`${first.length} numbers beside ${second.length}`);
  return Array.from({ length: first.length }, (_, i) => {
    const difference = (first[i] as number) - (second[i] as number);
    if (!Number.isFinite(difference)) throw new RangeError(`pair ${i} (${first[i]}, ${second[i]}) is not finite`);
    return difference;
  });
}
