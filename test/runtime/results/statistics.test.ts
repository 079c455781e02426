import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { studentQuantile, summarize } from "../../../src/runtime/results/statistics.js";

interface Golden {
  readonly quantiles: readonly { readonly p: number; readonly df: number; readonly t: number }[];
  readonly intervals: readonly {
    readonly sample: readonly number[];
    readonly mean: number;
    readonly sd: number;
    readonly low: number;
    readonly high: number;
  }[];
}
const golden = JSON.parse(readFileSync(resolve(import.meta.dirname, "golden/student.json"), "utf8")) as Golden;

describe("Student's t", () => {
  it("has scipy's quantiles to ten digits", () => {
    expect(golden.quantiles.length).toBe(80);
    for (const { p, df, t } of golden.quantiles) {
      expect(Math.abs(studentQuantile(p, df) - t), `p ${p}, df ${df}`).toBeLessThan(1e-10 * Math.max(1, Math.abs(t)));
    }
  });

  it("is the tangent for one degree of freedom", () => {
    expect(studentQuantile(0.9, 1)).toBeCloseTo(Math.tan(Math.PI * 0.4), 10);
  });

  it("has no quantile outside its domain", () => {
    expect([studentQuantile(0, 3), studentQuantile(1, 3), studentQuantile(0.5, 0)].every(Number.isNaN)).toBe(true);
  });
});

describe("a summary", () => {
  it("agrees with scipy's mean, sd and interval", () => {
    for (const { sample, mean, sd, low, high } of golden.intervals) {
      const summary = summarize(sample);
      expect(summary.n).toBe(sample.length);
      expect(summary.mean).toBeCloseTo(mean, 12);
      expect(summary.sd).toBeCloseTo(sd, 12);
      expect(summary.low).toBeCloseTo(low, 10);
      expect(summary.high).toBeCloseTo(high, 10);
    }
  });

  it("of two numbers: sd is |a - b| / √2, the interval t(1) · sd / √2", () => {
    const { mean, sd, low, high } = summarize([0.8, 0.9]);
    expect(mean).toBeCloseTo(0.85, 15);
    expect(sd).toBeCloseTo(0.1 / Math.SQRT2, 15);
    expect((high - low) / 2).toBeCloseTo(12.706204736174694 * 0.05, 9);
  });

  it("of one number has no spread, of none nothing", () => {
    expect(summarize([0.5])).toMatchObject({ mean: 0.5, n: 1, sd: Number.NaN, low: Number.NaN });
    expect(summarize([])).toMatchObject({ mean: Number.NaN, n: 0 });
  });
});
