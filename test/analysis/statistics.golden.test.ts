import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { statistics } from "../../src/analysis/index.js";
import { intervalEnds } from "../../src/analysis/statistics/bootstrap.js";
import { normalUpper } from "../../src/analysis/statistics/normal.js";
import { upperTail } from "../../src/analysis/statistics/student.js";
import type { TestResult } from "../../src/analysis/statistics/test-result.js";
import { binary, Draw, sample } from "./draw.js";

type Pair = readonly [number, number];
interface Golden {
  readonly paired: readonly {
    readonly seed: number;
    readonly n: number;
    readonly grid: number;
    readonly shift: number;
    readonly t?: readonly [number, number, number, number];
    readonly corrected?: Pair;
    readonly wilcoxon?: Pair;
    readonly asymptotic?: Pair;
    readonly signFlip?: number;
  }[];
  readonly mcnemar: readonly {
    readonly seed: number;
    readonly n: number;
    readonly first: number;
    readonly second: number;
    readonly exact: number | null;
    readonly chi?: number;
    readonly asymptotic?: number;
  }[];
  readonly delong: readonly {
    readonly seed: number;
    readonly n: number;
    readonly grid: number;
    readonly auc?: number;
    readonly variance?: number;
    readonly paired: Pair | null;
    readonly unpaired?: Pair;
  }[];
  readonly adjust: readonly ({ readonly seed: number; readonly m: number } & {
    readonly [K in "holm" | "bonferroni" | "benjamini_hochberg"]: readonly number[];
  })[];
  readonly intervals: readonly {
    readonly method: "percentile" | "BCa";
    readonly estimate: number;
    readonly values: readonly number[];
    readonly jackknife: readonly number[];
    readonly low: number;
    readonly high: number;
  }[];
  readonly normal: readonly Pair[];
  readonly student: readonly (readonly [number, number, number])[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/statistics.golden.json"), "utf8"));

const near = (value: number | undefined, expected: number | undefined) =>
  expect(Math.abs((value ?? Number.NaN) - (expected ?? Number.NaN)), `${value} beside ${expected}`).toBeLessThan(1e-9);
/** Statistics may be large: relative there. */
const close = (value: number, expected: number) =>
  expect(Math.abs(value - expected), `${value} beside ${expected}`).toBeLessThan(
    1e-9 * Math.max(1, Math.abs(expected)),
  );

function holds(result: TestResult, expected: Pair | undefined): void {
  if (expected === undefined) {
    expect(result.kind).toBe("undefined");
    return;
  }
  if (result.kind === "undefined") throw new Error(result.reason);
  close(result.statistic, expected[0]);
  near(result.p, expected[1]);
}
const never = { uniforms: (): Float64Array => expect.fail("nothing is drawn where all signs are tried") };

describe("distributions are SciPy's", () => {
  it("the normal's tail, relative to 1e-11", () => {
    for (const [z, p] of golden.normal) expect(Math.abs(normalUpper(z) / p - 1), String(z)).toBeLessThan(1e-11);
  });
  it("Student's tail", () => {
    for (const [t, df, p] of golden.student) near(upperTail(t, df), p);
  });
});

describe("tests of paired numbers are SciPy's", () => {
  it.each(golden.paired)("$n pairs on a grid of $grid, shifted by $shift", (each) => {
    const first = sample(each.seed, each.n, each.grid, each.shift);
    const second = sample(each.seed + 1, each.n, each.grid);
    const t = statistics.pairedT(first, second);
    holds(t, each.t && [each.t[0], each.t[1]]);
    if (t.kind === "tested") {
      near(t.interval?.low, each.t?.[2]);
      near(t.interval?.high, each.t?.[3]);
    }
    holds(statistics.correctedT(first, second, 0.25), each.corrected);
    holds(statistics.wilcoxon(first, second), each.wilcoxon);
    holds(statistics.wilcoxon(first, second, { variant: "asymptotic" }), each.asymptotic);
    if (each.signFlip !== undefined) {
      const flipped = statistics.signFlip(first, second, never);
      expect(flipped).toMatchObject({ kind: "tested", variant: "exact" });
      if (flipped.kind === "tested") near(flipped.p, each.signFlip);
    }
  });
});

describe("McNemar's test is SciPy's binomial, and χ² with continuity correction", () => {
  it.each(golden.mcnemar)(
    "$n cases, $first ‰ and $second ‰ right",
    ({ seed, n, first, second, exact, ...expected }) => {
      const draw = new Draw(seed);
      const right = (share: number) => Array.from({ length: n }, () => (draw.below(1000) < share ? 1 : 0));
      const [a, b] = [right(first), right(second)];
      if (exact === null) {
        expect(statistics.mcnemar(a, b)).toEqual({ kind: "undefined", reason: "both are right about the same cases" });
        return;
      }
      const [binomial, chi] = [
        statistics.mcnemar(a, b, { variant: "exact" }),
        statistics.mcnemar(a, b, { variant: "asymptotic" }),
      ];
      if (binomial.kind !== "tested" || chi.kind !== "tested") throw new Error("both have a value");
      near(binomial.p, exact);
      close(chi.statistic, expected.chi ?? Number.NaN);
      near(chi.p, expected.asymptotic);
    },
  );
});

describe("DeLong's test is that over all pairs of cases", () => {
  it.each(golden.delong)("$n cases on a grid of $grid", ({ seed, n, grid, auc, variance, paired, unpaired }) => {
    const one = binary({ seed, n, grid, perMille: 400, lift: 1 });
    const two = binary({ seed: seed + 1, n, grid, perMille: 400, lift: 0 });
    const other = binary({ seed: seed + 2, n, grid, perMille: 600, lift: 1 });
    const own = statistics.aucVariance(one.y, one.p);
    holds(statistics.delongPaired(one.y, one.p, two.p), paired ?? undefined);
    if (own.kind === "undefined") {
      expect(auc).toBeUndefined();
      expect(own.reason).toMatch(/two of each class/);
      return;
    }
    near(own.auc, auc);
    near(own.variance, variance);
    holds(statistics.delongUnpaired({ y: one.y, scores: one.p }, { y: other.y, scores: other.p }), unpaired);
  });
});

describe("adjusted p values are SciPy's, and Holm's by definition", () => {
  it.each(golden.adjust)("of $m tests", ({ seed, m, ...methods }) => {
    const p = sample(seed, m, 1000).map((value) => value ** 3);
    for (const method of ["holm", "bonferroni", "benjamini_hochberg"] as const) {
      statistics.adjust(p, method).forEach((value, i) => {
        near(value, methods[method][i]);
      });
    }
  });
});

describe("the ends of bootstrap intervals are SciPy's, of its resamples", () => {
  it.each(golden.intervals)("$method, estimate $estimate", ({ method, estimate, values, jackknife, low, high }) => {
    const given = method === "BCa" ? Float64Array.from(jackknife) : undefined;
    const ends = intervalEnds(Float64Array.from(values), estimate, 0.9, given);
    if (ends.kind !== "ends") throw new Error(ends.reason);
    near(ends.low, low);
    near(ends.high, high);
  });
});
