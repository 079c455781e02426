import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sensitivity, specificity, youden } from "../../src/analysis/metrics/index.js";

interface Case {
  readonly y: readonly number[];
  readonly scores: readonly number[];
  readonly youden: number;
  readonly at: readonly number[];
  readonly sensitivity: readonly number[];
  readonly specificity: readonly number[];
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden", "threshold.golden.json"), "utf8"));

describe("metrics at a threshold", () => {
  it("are scikit-learn's, ties and all", () => {
    for (const { y, scores, at, ...wanted } of golden.cases as readonly Case[]) {
      expect(youden(y, scores)).toBe(wanted.youden);
      at.forEach((threshold, i) => {
        expect(sensitivity(y, scores, threshold)).toBeCloseTo(wanted.sensitivity[i] ?? Number.NaN, 12);
        expect(specificity(y, scores, threshold)).toBeCloseTo(wanted.specificity[i] ?? Number.NaN, 12);
      });
    }
  });

  it("have no better threshold than Youden's", () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(samples, (pairs) => {
        const y = pairs.map(([label]) => label);
        const scores = pairs.map(([, score]) => score / 20);
        const chosen = youden(y, scores);
        if (new Set(y).size < 2) {
          expect(chosen).toBeNaN();
          return;
        }
        const index = (threshold: number) => sensitivity(y, scores, threshold) + specificity(y, scores, threshold);
        for (const threshold of scores) expect(index(threshold)).toBeLessThanOrEqual(index(chosen) + 1e-12);
      }),
    );
  });

  it("have no value for a class that does not occur", () => {
    expect(sensitivity([0, 0], [0.2, 0.9])).toBeNaN();
    expect(specificity([0, 0], [0.2, 0.9])).toBe(0.5);
    expect(() => sensitivity([0, 1], [0.2])).toThrow(RangeError);
    expect(() => youden([0, 1], [0.2, Number.NaN])).toThrow("is not a number");
  });
});
