/** Folds: repeats are averaged within them, the spread and the interval are over them. */

import { describe, expect, it } from "vitest";
import type { Quantity } from "../../../src/compiler/outputs/types.js";
import { axisColumns, resultsCsv } from "../../../src/runtime/results/csv.js";
import { ResultSet } from "../../../src/runtime/results/dataset.js";
import { evaluateQuantity } from "../../../src/runtime/results/evaluate.js";
import type { Outline } from "../../../src/runtime/results/outline.js";
import { foldsText, summarizePoint } from "../../../src/runtime/results/series.js";
import { studentQuantile } from "../../../src/runtime/results/statistics.js";
import { deriveRows } from "../../../src/runtime/results/summary.js";
import type { ResultRow } from "../../../src/runtime/results/types.js";
import { at, axis, column } from "./outlines.js";

const test: Quantity = { kind: "column", table: "main", column: "test", slice: {} };
const gain: Extract<Quantity, { kind: "arithmetic" }> = {
  kind: "arithmetic",
  operator: "-",
  left: { ...test, slice: at({ init: "WT" }) },
  right: { ...test, slice: at({ init: "RI" }) },
};
const OUTLINE: Outline = {
  tables: [
    {
      name: "main",
      axes: [axis("init", "init", ["RI", "WT"])],
      columns: [column("test")],
    },
  ],
  derives: [{ name: "gain", text: "…", perRepeat: true, metric: "top1", estimator: "", axes: [], quantity: gain }],
};

/** Fold k of repeat r: k + r/10, and for WT 0.5 · k more. */
const ROWS: readonly ResultRow[] = ["RI", "WT"].flatMap((init) =>
  [1, 2, 3, 4].flatMap((fold) =>
    [1, 2].map(
      (repeat): ResultRow => ({
        experiment: "main",
        axes: { init, fold },
        repeat,
        seed: 1,
        measure: "test",
        metric: "top1",
        estimator: "",
        value: fold + repeat / 10 + (init === "WT" ? fold / 2 : 0),
        status: "ok",
        node: `${init} ${fold} ${repeat}`,
      }),
    ),
  ),
);
const results = new ResultSet(OUTLINE, ROWS);
const numbers = (quantity: Quantity) =>
  evaluateQuantity(quantity, results).points.map(({ value }) => summarizePoint(value));

describe("folds", () => {
  it("are what the spread is over; the interval is Nadeau and Bengio's", () => {
    const [ri] = numbers(test);
    expect(ri?.mean).toBeCloseTo(2.65, 12);
    expect(ri?.n).toBe(4);
    const sd = Math.sqrt(5 / 3); // of 1.15, 2.15, 3.15, 4.15
    expect(ri?.sd).toBeCloseTo(sd, 12);
    // two of four folds are trained on for each that is tested
    const half = studentQuantile(0.975, 3) * sd * Math.sqrt(1 / 4 + 1 / 2);
    expect(ri?.low).toBeCloseTo(2.65 - half, 12);
    expect(foldsText(numbers(test))).toBe("4 folds × 2 repeats");
  });

  it("are paired, fold by fold and repeat by repeat", () => {
    const [difference] = numbers(gain);
    expect(difference?.mean).toBeCloseTo(1.25, 12);
    expect(difference?.sd).toBeCloseTo(Math.sqrt(5 / 12), 12);
    const rows = deriveRows(results);
    expect(rows).toHaveLength(8);
    expect(rows.map(({ axes, repeat }) => [axes.fold, repeat])).toContainEqual([3, 2]);
  });

  it("are left out one at a time by the jackknife: of a mean it is the same interval, of a ratio it is paired", () => {
    const meanOf = (of: Quantity): Quantity => ({ kind: "reduce", by: "mean", of, over: [] });
    const [each] = numbers(test);
    const [pooled] = numbers(meanOf(test));
    expect(pooled).toMatchObject({ n: 4, pooled: true, folds: { folds: 4, repeats: 2 } });
    expect(pooled?.low).toBeCloseTo(each?.low ?? 0, 12);
    expect(pooled?.high).toBeCloseTo(each?.high ?? 0, 12);
    const { left, right } = gain;
    const ratio: Quantity = { kind: "arithmetic", operator: "/", left: meanOf(left), right: meanOf(right) };
    const [found] = numbers(ratio);
    const sides = (init: string, without?: number) =>
      ROWS.filter(({ axes }) => axes.init === init && axes.fold !== without).reduce((sum, { value }) => sum + value, 0);
    const others = [1, 2, 3, 4].map((fold) => sides("WT", fold) / sides("RI", fold));
    const centre = others.reduce((sum, value) => sum + value, 0) / 4;
    const variance = (3 / 4) * others.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    const half = studentQuantile(0.975, 3) * Math.sqrt(variance * (1 + 4 / 2));
    expect(found?.mean).toBeCloseTo(sides("WT") / sides("RI"), 12);
    expect(found?.low).toBeCloseTo(sides("WT") / sides("RI") - half, 12);
    const greatest: Quantity = { kind: "reduce", by: "max", of: test, over: [] };
    expect(numbers(greatest)[0]).toMatchObject({ n: 4, low: Number.NaN });
  });

  it("can be reduced, as repeats can", () => {
    const reduced = (over: readonly string[]): Quantity => ({ kind: "reduce", by: "max", of: test, over });
    expect(numbers(reduced(["repeat"]))[0]).toMatchObject({ n: 4, pooled: false });
    expect(numbers(reduced(["repeat"]))[0]?.mean).toBeCloseTo(2.7, 12);
    expect(numbers(reduced(["fold"]))[0]).toMatchObject({ n: 2, pooled: false });
    expect(numbers(reduced(["fold"]))[0]?.mean).toBeCloseTo(4.15, 12);
    // of all: the repeats of a fold count as one
    expect(numbers(reduced([]))[0]).toMatchObject({ pooled: true });
    expect(numbers(reduced([]))[0]?.mean).toBeCloseTo(4.15, 12);
  });

  it("can be chosen", () => {
    const third = evaluateQuantity({ ...test, slice: at({ init: "RI", fold: 3 }) }, results);
    expect(third.points.map(({ value }) => summarizePoint(value).mean)).toEqual([expect.closeTo(3.15, 12)]);
    const one = evaluateQuantity({ ...test, slice: at({ init: "RI", fold: 3, repeat: 2 }) }, results);
    expect(one.points.map(({ value }) => [value.kind, summarizePoint(value).mean])).toEqual([
      ["pooled", expect.closeTo(3.2, 12)],
    ]);
  });

  it("are a column of their own, and intervals two, where some number has them", () => {
    const axes = axisColumns(results, () => true);
    expect(axes).toEqual(["init", "fold"]);
    const plain = resultsCsv(ROWS.slice(0, 1), axes);
    expect(plain.split("\n")[0]).toBe(
      "experiment,init,fold,repeat,seed,measure,metric,estimator,value,status,node,reason",
    );
    const [row] = ROWS;
    const around = resultsCsv(row === undefined ? [] : [{ ...row, low: 0.5, high: 1.5 }], axes);
    expect(around).toContain("reason,ci_low,ci_high\n");
    expect(around).toContain("RI 1 1,,0.5,1.5\n");
  });
});
