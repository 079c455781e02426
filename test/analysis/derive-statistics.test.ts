import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { statistics } from "../../src/analysis/index.js";
import { valued } from "../../src/analysis/metrics/measured.js";
import { mean } from "../../src/analysis/statistics/moments.js";
import { Stream } from "../../src/runtime/random/stream.js";
import fc from "../support/properties.js";
import { sample } from "./draw.js";

type Line = readonly [error: number, p: number, low: number, high: number];
interface Golden {
  readonly correlation: readonly ({ readonly seed: number; readonly n: number; readonly grid: number } & {
    readonly [K in "mix" | "pearson" | "spearman" | "kendall"]: number;
  } & { readonly fisher?: readonly [number, number] })[];
  readonly regression: readonly {
    readonly seed: number;
    readonly n: number;
    readonly k: number;
    readonly clusters: number;
    readonly scale: number;
    readonly beta: readonly number[];
    readonly r2: number;
    readonly plain: readonly Line[];
    readonly cr1: readonly Line[];
  }[];
  readonly equivalent: readonly {
    readonly seed: number;
    readonly n: number;
    readonly score: number;
    readonly labels?: number;
  }[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/derive.golden.json"), "utf8"));
const { correlation, correlationInterval, labelEquivalent, leastSquares, resampleRows } = statistics;

const near = (value: number | undefined, expected: number) =>
  expect(Math.abs((value ?? Number.NaN) - expected), `${value} beside ${expected}`).toBeLessThan(
    1e-9 * Math.max(1, Math.abs(expected)),
  );

describe("correlations are SciPy's", () => {
  it.each(golden.correlation)("$n points on a grid of $grid", ({ seed, n, grid, mix, fisher, ...expected }) => {
    const a = sample(seed, n, grid);
    const noise = sample(seed + 1, n, grid);
    const b = a.map((value, i) => mix * value + (noise[i] as number));
    for (const method of statistics.CORRELATIONS) {
      const found = correlation(a, b, method);
      near(found.kind === "value" ? found.value : Number.NaN, expected[method]);
    }
    if (fisher !== undefined) {
      const { low, high } = correlationInterval(expected.pearson, n, "pearson");
      near(low, fisher[0]);
      near(high, fisher[1]);
    }
  });

  it("have no number of two points, nor of a side that never varies", () => {
    expect(correlation([1, 2], [2, 1], "pearson")).toEqual({
      kind: "undefined",
      reason: "it needs 3 points, and there are 2",
    });
    expect(correlation([1, 2, 3], [5, 5, 5], "kendall")).toMatchObject({
      reason: "the second side is the same everywhere",
    });
    expect(correlationInterval(0.5, 3, "pearson").low).toBeNaN();
  });

  it("lie in [−1, 1], are symmetric, and change sign with a side", () => {
    const values = fc.array(
      fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
      { minLength: 3, maxLength: 30 },
    );
    fc.assert(
      fc.property(values, fc.constantFrom(...statistics.CORRELATIONS), (pairs, method) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const found = correlation(x, y, method);
        if (found.kind === "undefined") return;
        if (Number.isNaN(found.value)) return; // squares beneath the smallest double
        expect(Math.abs(found.value)).toBeLessThanOrEqual(1);
        const turned = correlation(y, x, method);
        const flipped = correlation(
          x,
          y.map((value) => -value),
          method,
        );
        near(turned.kind === "value" ? turned.value : Number.NaN, found.value);
        near(flipped.kind === "value" ? flipped.value : Number.NaN, -found.value);
      }),
    );
  });
});

describe("least squares is numpy's", () => {
  it.each(golden.regression)(
    "$n rows, $k columns, $clusters clusters",
    ({ seed, n, k, clusters, scale, ...expected }) => {
      const columns = Array.from({ length: k }, (_, j) =>
        j === 0 ? Array.from({ length: n }, () => 1) : sample(seed + j, n, 97).map((value) => value * scale ** j),
      );
      const last = columns[k - 1] as number[];
      const y = sample(seed + 50, n, 89).map((value, i) => value + (last[i] as number) / scale ** (k - 1));
      const groups = Array.from({ length: n }, (_, i) => String(i % clusters));
      for (const [lines, fit] of [
        [expected.plain, leastSquares(y, columns)],
        [expected.cr1, leastSquares(y, columns, { clusters: groups })],
      ] as const) {
        if (fit.kind === "undefined") throw new Error(fit.reason);
        near(fit.rSquared, expected.r2);
        fit.coefficients.forEach((found, j) => {
          near(found.value, expected.beta[j] as number);
          const [error, p, low, high] = lines[j] as Line;
          near(found.error, error);
          near(found.p, p);
          near(found.low, low);
          near(found.high, high);
        });
      }
    },
  );

  it("says which column follows from the others, and where rows or clusters are too few", () => {
    const one = [1, 1, 1, 1, 1];
    const x = [1, 2, 3, 4, 6];
    const double = x.map((value) => 2 * value - 1);
    const names = ["intercept", "a", "b"];
    expect(leastSquares([1, 2, 3, 4, 4], [one, x, double], { names })).toEqual({
      kind: "undefined",
      reason: "b is constant or follows from the other terms",
    });
    expect(
      leastSquares(
        [1, 2],
        [
          [1, 1],
          [1, 2],
        ],
      ),
    ).toMatchObject({ reason: "2 coefficients need more than 2 rows" });
    expect(leastSquares(x, [one], { clusters: one.map(() => "a") })).toMatchObject({
      reason: "all rows lie in one cluster",
    });
  });
});

describe("label equivalence", () => {
  const SHARES = [1, 3, 10, 30, 100, 300, 1000].map((per) => per / 1000);
  it.each(golden.equivalent)(
    "is read off scikit-learn's monotone curve: $n points, $score",
    ({ seed, n, score, labels }) => {
      const noise = sample(seed + 1, n, 50);
      const scores = [...sample(seed, n, 50)]
        .sort((a, b) => a - b)
        .map((value, i) => value + 0.3 * (noise[i] as number));
      const curve = scores.map((each, i) => ({ labels: SHARES[i] as number, score: each }));
      const found = labelEquivalent(curve, score, "max");
      if (labels === undefined) expect(found.kind).toBe("undefined");
      else near(found.kind === "value" ? found.value : Number.NaN, labels);
      const mirrored = curve.map((point) => ({ ...point, score: -point.score }));
      expect(labelEquivalent(mirrored, -score, "min")).toEqual(found);
    },
  );

  it("is the curve's own labels at its own points, and says on which side a score is out of reach", () => {
    const curve = [0.5, 0.6, 0.8].map((score, i) => ({ labels: 10 ** i, score }));
    for (const { labels, score } of curve) {
      const found = labelEquivalent(curve, score, "max");
      near(found.kind === "value" ? found.value : Number.NaN, labels);
    }
    const half = labelEquivalent(curve, 0.7, "max");
    near(half.kind === "value" ? half.value : Number.NaN, 10 ** 1.5);
    expect(labelEquivalent(curve, 0.9, "max")).toMatchObject({ reason: /better than the other side/ });
    expect(labelEquivalent(curve, 0.4, "max")).toMatchObject({ reason: /worse than the other side/ });
  });
});

describe("resampled rows", () => {
  const random = new Stream({ seed: 1, purpose: "bootstrap", repeat: 0, about: [] });
  const values = sample(3, 40, 1000);
  const meanOf = (rows: readonly number[]) => [valued(mean(rows.map((row) => values[row] as number)))];

  it("give the mean's interval that theory gives, wider where whole clusters are drawn", () => {
    const [plain] = resampleRows(40, meanOf, { resamples: 4000 }, random);
    if (plain?.kind !== "interval") return expect.fail("no interval");
    const sd = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    expect((plain.high - plain.low) / ((2 * 1.96 * sd) / Math.sqrt(40))).toBeCloseTo(1, 1);
    const alike = (rows: readonly number[]) => [valued(mean(rows.map((row) => values[row % 8] as number)))];
    const clusters = Array.from({ length: 40 }, (_, row) => String(row % 8));
    const [narrow] = resampleRows(40, alike, { resamples: 2000 }, random);
    const [wide] = resampleRows(40, alike, { resamples: 2000, clusters }, random);
    if (narrow?.kind !== "interval" || wide?.kind !== "interval") return expect.fail("no interval");
    expect((wide.high - wide.low) / (narrow.high - narrow.low)).toBeGreaterThan(1.8); // √5
  });

  it("have none of one cluster, or where most resamples have no number", () => {
    expect(resampleRows(4, meanOf, { resamples: 10, clusters: ["a", "a", "a", "a"] }, random)).toMatchObject([
      { reason: "there is 1 cluster to draw from" },
    ]);
    const never = () => [{ kind: "undefined", reason: "no" } as const];
    expect(resampleRows(4, never, { resamples: 10 }, random)).toMatchObject([
      { reason: "10 of 10 resamples have no value" },
    ]);
  });
});
