import { undefinedBecause } from "../metrics/measured.js";
import { mean } from "./moments.js";
import { normalTwoSided } from "./normal.js";
import { ranksOf } from "./ranks.js";
import { differences, type TestResult } from "./test-result.js";

export interface WilcoxonOptions {
  /**
   * `exact`: of the ranks there are, ties included; `asymptotic`: the normal's, with its tie correction and no
   * continuity correction; `auto`, the default: exact for up to 50 pairs without ties or zeros and for up to 13 with them.
   */
  readonly variant?: "auto" | "exact" | "asymptotic";
}

/**
 * Wilcoxon's signed rank test of paired differences; those of zero are dropped (scipy's wilcoxon with its defaults). The
 * statistic is the smaller of the two sums of ranks. Undefined where no difference is left.
 */
export function wilcoxon(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  { variant = "auto" }: WilcoxonOptions = {},
): TestResult {
  const all = differences(first, second);
  const list = all.filter((each) => each !== 0);
  if (list.length === 0) return undefinedBecause("there is no difference that is not zero");
  const { ranks, ties } = ranksOf(list.map(Math.abs));
  let plus = 0;
  list.forEach((each, i) => {
    if (each > 0) plus += ranks[i] as number;
  });
  const n = list.length;
  const total = (n * (n + 1)) / 2;
  const plain = list.length === all.length && ties.every((size) => size === 1);
  const exact = variant === "exact" || (variant === "auto" && all.length <= (plain ? 50 : 13));
  return {
    kind: "tested",
    statistic: Math.min(plus, total - plus),
    p: exact ? exactP(ranks, plus) : asymptoticP(n, ties, plus),
    estimate: mean(all),
    n,
    variant: exact ? "exact" : "asymptotic",
  };
}

function asymptoticP(n: number, ties: readonly number[], plus: number): number {
  const correction = ties.reduce((sum, size) => sum + (size ** 3 - size), 0);
  const sd = Math.sqrt((n * (n + 1) * (2 * n + 1) - correction / 2) / 24);
  return normalTwoSided((plus - (n * (n + 1)) / 4) / sd);
}

/** Of the 2ⁿ ways to sign the ranks; ranks doubled are whole numbers. */
function exactP(ranks: Float64Array, plus: number): number {
  const doubled = Array.from(ranks, (rank) => Math.round(2 * rank));
  const most = doubled.reduce((sum, each) => sum + each, 0);
  const share = new Float64Array(most + 1);
  share[0] = 1;
  let top = 0;
  for (const each of doubled) {
    top += each;
    for (let at = top; at >= 0; at--) {
      share[at] = ((share[at] as number) + (at >= each ? (share[at - each] as number) : 0)) / 2;
    }
  }
  const reached = Math.round(2 * plus);
  let below = 0;
  let above = 0;
  for (let at = 0; at <= most; at++) {
    if (at <= reached) below += share[at] as number;
    if (at >= reached) above += share[at] as number;
  }
  return Math.min(1, 2 * Math.min(below, above));
}
