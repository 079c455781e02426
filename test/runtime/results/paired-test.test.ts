import { describe, expect, it } from "vitest";
import { statistics } from "../../../src/analysis/index.js";
import { studentQuantile, upperTail } from "../../../src/analysis/statistics/student.js";
import { entries } from "../../../src/catalog/index.js";
import { ADJUSTMENTS, type AdjustmentName } from "../../../src/catalog/tests/index.js";
import type { PairedTest } from "../../../src/compiler/outputs/types.js";
import { ResultSet } from "../../../src/runtime/results/dataset.js";
import { evaluateQuantity } from "../../../src/runtime/results/evaluate.js";
import type { Outline } from "../../../src/runtime/results/outline.js";
import { TEST_METHODS } from "../../../src/runtime/results/paired-test.js";
import { summarizePoint } from "../../../src/runtime/results/series.js";
import { deriveRows } from "../../../src/runtime/results/summary.js";
import type { ResultRow } from "../../../src/runtime/results/types.js";
import { sample } from "../../analysis/draw.js";
import { at, axis, column } from "./outlines.js";

const AXES = [axis("target", "target", ["a", "b", "c"]), axis("init", "init", ["RI", "WT"])];
const ofInit = (init: string) => ({ kind: "column", table: "main", column: "test", slice: at({ init }) }) as const;

function tests(method: string, over: readonly string[], adjust: AdjustmentName = "none"): PairedTest {
  return { kind: "test", left: ofInit("WT"), right: ofInit("RI"), method, over, adjust, seed: 1 };
}

function outline(quantity: PairedTest): Outline {
  const derived = {
    name: "p",
    text: "…",
    perRepeat: false,
    metric: "p",
    estimator: "",
    axes: AXES.slice(0, 1),
    quantity,
  };
  return {
    tables: [
      { name: "main", axes: AXES, columns: [column("test")] },
      { name: "derive:p", axes: AXES.slice(0, 1), columns: [column("p", [], "p")] },
    ],
    derives: [derived],
  };
}

interface Place {
  readonly target: string;
  readonly init: string;
  readonly repeat: number;
  readonly fold?: number;
}
function row(place: Place, value: number, node = JSON.stringify(place)): ResultRow {
  const { repeat, ...axes } = place;
  const shared = { experiment: "main", axes, repeat, seed: 1, measure: "test", metric: "top1", estimator: "", node };
  return Number.isNaN(value)
    ? { ...shared, value, status: "failed", reason: "no memory" }
    : { ...shared, value, status: "ok" };
}

/** Targets a, b and c; `c` differs nowhere. */
const drawn = (target: string, init: string, count: number) =>
  sample(
    target.charCodeAt(0) + (init === "WT" && target !== "c" ? 50 : 0),
    count,
    1000,
    init === "WT" ? 100 * (target === "c" ? 0 : 1) : 0,
  );
const repeats = 6;
const ROWS = ["a", "b", "c"].flatMap((target) =>
  ["RI", "WT"].flatMap((init) =>
    drawn(target, init, repeats).map((value, i) => row({ target, init, repeat: i + 1 }, value)),
  ),
);
const FOLDED = ["a", "b"].flatMap((target) =>
  ["RI", "WT"].flatMap((init) =>
    drawn(target, init, 15).map((value, i) =>
      row({ target, init, fold: 1 + (i % 5), repeat: 1 + Math.floor(i / 5) }, value),
    ),
  ),
);

function evaluated(test: PairedTest, rows: readonly ResultRow[]) {
  const results = new ResultSet(outline(test), rows);
  const { axes, points } = evaluateQuantity(test, results);
  const of = points.map(({ at, value }) => [at.target ?? "", summarizePoint(value)] as const);
  return { axes, results, by: Object.fromEntries(of) };
}
const pOf = (result: ReturnType<typeof statistics.pairedT>) => (result.kind === "tested" ? result.p : Number.NaN);

describe("a paired test of results", () => {
  it("there is of every kind in the catalogue, and every adjustment", () => {
    const over = entries("test").flatMap((test) => (test.over === "replicates" ? [test.id] : []));
    expect(Object.keys(TEST_METHODS).sort()).toEqual(over.sort());
    expect([...ADJUSTMENTS].sort()).toEqual([...statistics.ADJUSTMENTS].sort());
  });

  it("is the library's, of the numbers of equal repeats; n counts pairs", () => {
    const { by, axes } = evaluated(tests("paired_t", ["repeat"]), ROWS);
    expect(axes).toEqual(["target"]);
    for (const target of ["a", "b"]) {
      const expected = statistics.pairedT(drawn(target, "WT", repeats), drawn(target, "RI", repeats));
      expect(by[target]).toMatchObject({ mean: pOf(expected), n: repeats, pooled: true });
    }
  });

  it("has neither an interval nor folds of its own", () => {
    for (const { by } of [
      evaluated(tests("paired_t", ["repeat"]), ROWS),
      evaluated(tests("corrected_t", ["fold", "repeat"]), FOLDED),
    ]) {
      expect(by.a?.low).toBeNaN();
      expect(by.a?.high).toBeNaN();
      expect(by.a?.folds).toBeUndefined();
    }
  });

  it("says in its row why there is no p", () => {
    const { results } = evaluated(tests("paired_t", ["repeat"]), ROWS);
    const rows = deriveRows(results);
    expect(rows.map(({ axes, status }) => [axes.target, status])).toEqual([
      ["a", "ok"],
      ["b", "ok"],
      ["c", "failed"],
    ]);
    expect(rows[2]?.reason).toBe("all 6 differences are the same number");
  });

  it("is adjusted for the tests that have a p", () => {
    const [raw, holm] = (["none", "holm"] as const).map(
      (adjust) => evaluated(tests("sign_flip", ["repeat"], adjust), ROWS).by,
    );
    const p = [raw?.a?.mean ?? Number.NaN, raw?.b?.mean ?? Number.NaN];
    expect([holm?.a?.mean, holm?.b?.mean]).toEqual(statistics.adjust(p, "holm"));
    expect(holm?.c?.mean).toBeNaN();
  });

  it("is one test where two points are of the same runs", () => {
    const twin = ROWS.flatMap((each) =>
      each.axes.target === "a" ? [{ ...each, axes: { ...each.axes, target: "again" } }] : [],
    );
    const { by } = evaluated(tests("sign_flip", ["repeat"], "holm"), [...ROWS, ...twin]);
    const without = evaluated(tests("sign_flip", ["repeat"], "holm"), ROWS).by;
    expect([by.a?.mean, by.b?.mean]).toEqual([without.a?.mean, without.b?.mean]);
    expect(by.again?.mean).toBe(by.a?.mean);
  });

  it("over folds counts what they share, and a fold's repeats as one: they train and test on the same cases", () => {
    const { by } = evaluated(tests("corrected_t", ["fold", "repeat"]), FOLDED);
    expect(by.a?.n).toBe(5);
    expect(by.a).toEqual(evaluated(tests("corrected_t", ["fold"]), FOLDED).by.a);
  });

  it("over folds has the p whose interval, of the same numbers, just reaches zero", () => {
    const { results } = evaluated(tests("corrected_t", ["fold", "repeat"]), FOLDED);
    const difference = { kind: "arithmetic", operator: "-", left: ofInit("WT"), right: ofInit("RI") } as const;
    const { points } = evaluateQuantity(difference, results);
    for (const { at, value } of points) {
      const { mean, low, n } = summarizePoint(value);
      const t = mean / ((mean - low) / studentQuantile(0.975, n - 1));
      const p = 2 * upperTail(Math.abs(t), n - 1);
      expect(evaluated(tests("corrected_t", ["fold", "repeat"]), FOLDED).by[at.target ?? ""]?.mean).toBeCloseTo(p, 10);
    }
  });

  it("does not get surer of folds by repeating trainings that come out the same", () => {
    const once = FOLDED.filter(({ repeat }) => repeat === 1);
    const often = Array.from({ length: 8 }, (_, i) =>
      once.map((each) => ({
        ...each,
        repeat: i + 1,
        value: each.value + 1e-12 * i,
        node: `${each.node} ${i}`,
      })),
    ).flat();
    const p = (rows: readonly ResultRow[]) => evaluated(tests("corrected_t", ["fold", "repeat"]), rows).by.a?.mean;
    expect(p(often)).toBeCloseTo(p(once) ?? Number.NaN, 6);
  });

  it("averages what is not paired over: repeats within a fold, folds within a repeat", () => {
    const mean = (values: readonly number[], kept: (i: number) => number, count: number) =>
      Array.from({ length: count }, (_, place) => {
        const members = values.filter((_, i) => kept(i) === place);
        return members.reduce((sum, value) => sum + value, 0) / members.length;
      });
    const [first, second] = [drawn("b", "WT", 15), drawn("b", "RI", 15)];
    const byFold = statistics.correctedT(
      mean(first, (i) => i % 5, 5),
      mean(second, (i) => i % 5, 5),
      1 / 3,
    );
    expect(evaluated(tests("corrected_t", ["fold"]), FOLDED).by.b?.mean).toBeCloseTo(pOf(byFold), 12);
    const whole = (i: number) => Math.floor(i / 5);
    const byRepeat = statistics.pairedT(mean(first, whole, 3), mean(second, whole, 3));
    expect(evaluated(tests("paired_t", ["repeat"]), FOLDED).by.b?.mean).toBeCloseTo(pOf(byRepeat), 12);
  });

  it("over another axis pairs its points", () => {
    const { by, axes } = evaluated(tests("wilcoxon", ["target", "repeat"]), ROWS);
    expect(axes).toEqual([]);
    const all = (init: string) => ["a", "b", "c"].flatMap((target) => drawn(target, init, repeats));
    expect(by[""]?.mean).toBeCloseTo(pOf(statistics.wilcoxon(all("WT"), all("RI"))), 12);
  });

  it("drops a repeat that failed on one side from both, and counts an observation seen twice once", () => {
    const failed = ROWS.map((each) =>
      each.axes.target === "a" && each.axes.init === "RI" && each.repeat === 2
        ? row({ target: "a", init: "RI", repeat: 2 }, Number.NaN)
        : each,
    );
    const without = (list: readonly number[]) => list.filter((_, i) => i !== 1);
    const expected = statistics.pairedT(without(drawn("a", "WT", repeats)), without(drawn("a", "RI", repeats)));
    expect(evaluated(tests("paired_t", ["repeat"]), failed).by.a).toMatchObject({ mean: pOf(expected), n: 5 });
    const shared = ROWS.map((each) =>
      each.repeat === 2 ? { ...each, value: 0.5, node: `${each.axes.target}${each.axes.init}` } : each,
    );
    const again = shared.flatMap((each) => (each.repeat === 2 ? [each, { ...each, repeat: repeats + 1 }] : [each]));
    expect(evaluated(tests("paired_t", ["repeat"]), again).by.a).toEqual(
      evaluated(tests("paired_t", ["repeat"]), shared).by.a,
    );
  });

  it("over too few folds has no p", () => {
    const two = FOLDED.filter(({ axes }) => Number(axes.fold) < 3);
    const { results } = evaluated(tests("corrected_t", ["fold", "repeat"]), two);
    expect(deriveRows(results)[0]?.reason).toBe("it needs three folds, and there are 2");
  });
});
