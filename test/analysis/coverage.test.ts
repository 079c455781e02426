import { describe, expect, it } from "vitest";
import { foldsCoverage, repeatsCoverage } from "./coverage.js";

describe("95 % intervals of gain and reuse share", { timeout: 120_000 }, () => {
  it("hold the truth of normal repeats as often as they say, and of skewed ones nearly", () => {
    for (const repeats of [3, 5, 10]) {
      const { gain, share } = repeatsCoverage({ repeats, errors: "normal", runs: 2000 });
      for (const found of [gain, share]) {
        expect(found, `${repeats}`).toBeGreaterThan(0.93);
        expect(found, `${repeats}`).toBeLessThan(0.97);
      }
      const skewed = repeatsCoverage({ repeats, errors: "skewed", runs: 2000 });
      for (const found of [skewed.gain, skewed.share]) expect(found, `${repeats} skewed`).toBeGreaterThan(0.84);
    }
  });

  it("hold the truth of folds at least as often, whatever the classifier; without their correction too seldom of some", () => {
    for (const folds of [5, 10]) {
      const [stable, unstable] = (["means", "nearest"] as const).map((learner) =>
        foldsCoverage({ folds, cases: 120, learner, runs: 600 }),
      );
      expect(stable?.folds, `${folds}`).toBeGreaterThan(0.97);
      expect(unstable?.folds, `${folds}`).toBeGreaterThan(0.94);
      expect(unstable?.independent, `${folds}`).toBeLessThan(0.94);
    }
  });

  it("by percentiles of five repeats are too narrow, which the compiler warns of", () => {
    const { gain, percentiles } = repeatsCoverage({ repeats: 5, errors: "normal", runs: 1000 });
    expect(percentiles).toBeLessThan(gain - 0.06);
  });
});
