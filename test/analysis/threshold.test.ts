import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { atThreshold, chooseThreshold, sensitivity, specificity } from "../../src/analysis/metrics/index.js";

interface Case {
  readonly y: readonly number[];
  readonly scores: readonly number[];
  readonly youden: number;
  readonly at: readonly number[];
  readonly sensitivity: readonly number[];
  readonly specificity: readonly number[];
}
const youden = (y: readonly number[], scores: readonly number[]): number => {
  const chosen = chooseThreshold({ kind: "youden" }, y, scores);
  return chosen.kind === "threshold" ? chosen.at : Number.NaN;
};
const golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden", "threshold.golden.json"), "utf8"));

describe("metrics at a threshold", () => {
  it("are scikit-learn's, ties and all", () => {
    for (const { y, scores, at, ...wanted } of golden.cases as readonly Case[]) {
      expect(youden(y, scores)).toBe(wanted.youden);
      at.forEach((threshold, i) => {
        const called = atThreshold(scores, [threshold]);
        expect(sensitivity(y, called)).toBeCloseTo(wanted.sensitivity[i] ?? Number.NaN, 12);
        expect(specificity(y, called)).toBeCloseTo(wanted.specificity[i] ?? Number.NaN, 12);
        expect(sensitivity(y, scores, { threshold })).toBe(sensitivity(y, called));
        expect(specificity(y, scores, { threshold: [threshold] })).toBe(specificity(y, called));
      });
    }
  });

  it("have no value for a class that does not occur", () => {
    expect(sensitivity([0, 0], [0, 1])).toBeNaN();
    expect(specificity([0, 0], [0, 1])).toBe(0.5);
    expect(() => sensitivity([0, 1], [1])).toThrow(RangeError);
    expect(() => sensitivity([0, 1], [0.2, 0.9])).toThrow("0.2 at 0 is not 0 or 1");
    expect(() => youden([0, 1], [0.2, Number.NaN])).toThrow("is not a number");
  });
});
