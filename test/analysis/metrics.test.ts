import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { metrics } from "../../src/analysis/index.js";

interface Matrix {
  readonly shape: number[];
  readonly data: number[];
}
type Values = Record<string, number>;
interface Golden {
  multiclass: Values & { y: never; p: never; predicted: never };
  gaps: Values;
  binary: Values;
  multilabel: Values;
}
const text = readFileSync(join(import.meta.dirname, "golden/analysis.golden.json"), "utf8");
const values: Golden = JSON.parse(text);
const inputs: {
  multiclass: { y: number[]; p: Matrix; predicted: number[] };
  gaps: { y: number[]; predicted: number[] };
  binary: { y: number[]; p: number[] };
  multilabel: { y: Matrix; p: Matrix };
} = JSON.parse(text);

const near = (value: number, expected: number | undefined) =>
  expect(Math.abs(value - (expected ?? Number.NaN))).toBeLessThan(1e-9);

describe("metrics are scikit-learn's", () => {
  const { y, p, predicted } = inputs.multiclass;
  it.each([
    "accuracy",
    "balancedAccuracy",
    "macroRecall",
    "macroPrecision",
    "macroF1",
    "kappa",
    "quadraticKappa",
  ] as const)("%s", (name) => near(metrics[name](y, predicted), values.multiclass[name]));
  it("rocAuc, one against the rest and by pairs", () => {
    near(metrics.rocAuc(y, p), values.multiclass.rocAucOvr);
    near(metrics.rocAuc(y, p, { multiclass: "ovo" }), values.multiclass.rocAucOvo);
  });
  it("averagePrecision and logLoss of several classes", () => {
    near(metrics.averagePrecision(y, p), values.multiclass.averagePrecision);
    near(metrics.logLoss(y, p), values.multiclass.logLoss);
  });
  it.each(["balancedAccuracy", "macroPrecision", "macroF1", "kappa", "quadraticKappa"] as const)(
    "%s with a class that never occurs and one never predicted",
    (name) => near(metrics[name](inputs.gaps.y, inputs.gaps.predicted), values.gaps[name]),
  );
  it("binary scores with ties", () => {
    const binary = inputs.binary;
    near(metrics.rocAuc(binary.y, binary.p), values.binary.rocAuc);
    near(metrics.averagePrecision(binary.y, binary.p), values.binary.averagePrecision);
    near(metrics.logLoss(binary.y, binary.p), values.binary.logLoss);
    const columns = { shape: [binary.p.length, 2], data: binary.p.flatMap((value) => [1 - value, value]) };
    near(metrics.rocAuc(binary.y, columns), values.binary.rocAuc);
    near(metrics.logLoss(binary.y, columns), values.binary.logLoss);
  });
  it("several labels", () => {
    const { y: truth, p: scores } = inputs.multilabel;
    near(metrics.rocAuc(truth, scores), values.multilabel.rocAuc);
    near(metrics.averagePrecision(truth, scores), values.multilabel.averagePrecision);
    near(metrics.logLoss(truth, scores), values.multilabel.logLoss);
    const guess = { shape: scores.shape, data: scores.data.map((value) => (value > 0.5 ? 1 : 0)) };
    near(metrics.macroF1(truth, guess), values.multilabel.macroF1);
  });
});

describe("metrics at the edges", () => {
  it("are perfect on the truth", () => {
    const y = [0, 1, 2, 1];
    for (const name of ["accuracy", "macroRecall", "macroPrecision", "macroF1", "kappa", "quadraticKappa"] as const) {
      expect(metrics[name](y, y)).toBe(1);
    }
    expect(metrics.rocAuc([0, 1, 1], [0.1, 0.8, 0.9])).toBe(1);
    expect(metrics.rocAuc([0, 1, 1], [0.5, 0.5, 0.5])).toBe(0.5);
  });
  it("have no number where one class is all there is", () => {
    expect(metrics.rocAuc([1, 1], [0.2, 0.9])).toBeNaN();
    expect(metrics.averagePrecision([0, 0], [0.2, 0.9])).toBeNaN();
    expect(metrics.kappa([1, 1], [1, 1])).toBeNaN();
    expect(metrics.accuracy([1, 1], [1, 1])).toBe(1);
  });
  it("leave a class without samples out of a mean over curves", () => {
    const scores = { shape: [3, 3], data: [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.6, 0.3, 0.1] };
    expect(metrics.rocAuc([0, 1, 0], scores)).toBe(1);
  });
  it("keep a certain mistake finite", () => {
    expect(metrics.logLoss([1], { shape: [1, 2], data: [1, 0] })).toBeCloseTo(52 * Math.LN2, 9);
  });
  it("take a probability above 1 by rounding, and no more", () => {
    expect(metrics.brier([1], [1 + 2 ** -52])).toBeCloseTo(0, 12);
    expect(metrics.ece([1, 0], [1 + 2 ** -52, 0])).toBeCloseTo(0, 12);
    expect(() => metrics.logLoss([1], [1.1])).toThrow(/1.1 at 0 is no probability/);
    expect(() => metrics.brier([1], [Number.NaN])).toThrow(/NaN at 0 is no probability/);
    expect(() => metrics.ece([1], [0.5], { bins: 0 })).toThrow(/0 bins/);
  });
  it("say what is wrong with their input", () => {
    expect(() => metrics.accuracy([], [])).toThrow(/no samples/);
    expect(() => metrics.accuracy([0, 1], [0])).toThrow(/2 labels but 1/);
    expect(() => metrics.accuracy([-1], [0])).toThrow(/-1 at 0 is no class index/);
    expect(() => metrics.rocAuc([0, 1], [0.5, Number.NaN])).toThrow(/score at 1 is not a number/);
    expect(() => metrics.logLoss([3], { shape: [1, 2], data: [1, 0] })).toThrow(/not among 2 classes/);
    expect(() => metrics.rocAuc([0, 1], { shape: [2, 3], data: [0] })).toThrow(/1 numbers for shape \[2, 3\]/);
  });
});
