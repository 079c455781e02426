/** Numbers that were not reached: what is made of them leaves nothing out in silence. */

import Papa from "papaparse";
import { describe, expect, it } from "vitest";
import type { Quantity, Slice } from "../../../src/compiler/outputs/types.js";
import { resultsCsv, summaryCsv } from "../../../src/runtime/results/csv.js";
import { ResultSet } from "../../../src/runtime/results/dataset.js";
import { evaluateQuantity } from "../../../src/runtime/results/evaluate.js";
import { withDerived } from "../../../src/runtime/results/files.js";
import type { Outline } from "../../../src/runtime/results/outline.js";
import { summarizePoint } from "../../../src/runtime/results/series.js";
import { summaryRows } from "../../../src/runtime/results/summary.js";
import type { ResultRow } from "../../../src/runtime/results/types.js";
import { at, axis, column, points } from "./outlines.js";

const soon = (label: string): Quantity => ({
  kind: "column",
  table: "main",
  column: "soon",
  slice: at({ init: label }),
});
const test = (label: string): Quantity => ({
  kind: "column",
  table: "main",
  column: "test",
  slice: at({ init: label }),
});
const minus = (left: Quantity, right: Quantity): Quantity => ({ kind: "arithmetic", operator: "-", left, right });
const mean = (of: Quantity, ...over: readonly string[]): Quantity => ({ kind: "reduce", by: "mean", of, over });

const measured = (name: string) => column(name, [], name);
const derive = (name: string, quantity: Quantity, perRepeat: boolean) => ({
  name,
  text: name,
  perRepeat,
  metric: "steps_to",
  estimator: "",
  axes: [],
  quantity,
});
const OUTLINE: Outline = {
  tables: [
    { name: "main", axes: [axis("init", "free", ["RI", "WT", "none"])], columns: [measured("soon"), measured("test")] },
    { name: "derive:saved", axes: [], columns: [measured("saved")] },
    { name: "derive:lost", axes: [], columns: [measured("lost")] },
  ],
  derives: [
    derive("saved", minus(soon("RI"), soon("WT")), true),
    derive("lost", mean(minus(soon("none"), soon("WT"))), false),
  ],
};

function row(label: string, repeat: number, value: number | "late" | "lost", measure = "soon"): ResultRow {
  const shared = {
    experiment: "main",
    axes: { init: label },
    repeat,
    seed: 1,
    measure,
    metric: measure,
    estimator: "",
  };
  const of = { ...shared, node: `${measure} ${label} ${repeat}` };
  if (value === "late") return { ...of, value: Number.NaN, status: "not_reached", reason: "not in 600", above: 600 };
  if (value === "lost") return { ...of, value: Number.NaN, status: "failed", reason: "no memory" };
  return { ...of, value, status: "ok" };
}
const ROWS: readonly ResultRow[] = [
  ...([300, "late", 340, "late", "lost"] as const).map((value, i) => row("RI", i + 1, value)),
  ...([100, 120, 150, "late", 160] as const).map((value, i) => row("WT", i + 1, value)),
  ...(["late", "late", "late", "late", "late"] as const).map((value, i) => row("none", i + 1, value)),
  ...["RI", "WT", "none"].flatMap((label) => [1, 2, 3, 4, 5].map((repeat) => row(label, repeat, repeat / 10, "test"))),
];
const summary = (quantity: Quantity, rows = ROWS) => {
  const [point] = evaluateQuantity(quantity, new ResultSet(OUTLINE, rows)).points;
  if (point === undefined) throw new Error("no point");
  return summarizePoint(point.value);
};

describe("numbers that were not reached", () => {
  it("are counted beside the mean of the others, apart from those that failed", () => {
    expect(summary(soon("RI"))).toMatchObject({ mean: 320, n: 2, missing: 3, unreached: 2 });
    expect(summary(soon("WT"))).toMatchObject({ mean: 132.5, n: 4, missing: 1, unreached: 1 });
    expect(summary(soon("none"))).toMatchObject({ mean: Number.NaN, n: 0, unreached: 5 });
    expect(summary(test("RI"))).not.toHaveProperty("unreached");
  });

  it("take their pair with them, and the pair is counted once", () => {
    // repeats 2 and 4 of RI, 4 of WT; 5 failed
    expect(summary(minus(soon("RI"), soon("WT")))).toMatchObject({ mean: 195, n: 2, missing: 3, unreached: 2 });
    expect(summary(minus(soon("none"), soon("WT")))).toMatchObject({ mean: Number.NaN, n: 0, unreached: 5 });
  });

  it("are not forgotten by means, functions, ratios of means and single repeats", () => {
    const ratio: Quantity = { kind: "arithmetic", operator: "/", left: mean(soon("RI")), right: mean(soon("WT")) };
    // over the repeats both have: 320 / 125
    expect(summary(ratio)).toMatchObject({ mean: 320 / 125, n: 2, unreached: 2 });
    expect(summary({ kind: "function", name: "log", of: soon("WT") })).toMatchObject({ n: 4, unreached: 1 });
    expect(summary({ kind: "negate", operand: mean(soon("WT")) })).toMatchObject({ mean: -132.5, unreached: 1 });
    const all: Slice = {};
    const over = mean({ kind: "column", table: "main", column: "soon", slice: all }, "init");
    expect(summary(over)).toMatchObject({ n: 0, unreached: 5 });
    const fourth: Slice = { ...at({ init: "WT" }), repeat: { points: points(["4"]), keep: false } };
    expect(summary({ kind: "column", table: "main", column: "soon", slice: fourth })).toMatchObject({ unreached: 1 });
  });

  it("are counted by tests and correlations, which leave them out", () => {
    const tested: Quantity = {
      kind: "test",
      method: "paired_t",
      over: ["repeat"],
      adjust: "none",
      seed: 1,
      left: soon("RI"),
      right: soon("WT"),
    };
    expect(summary(tested)).toMatchObject({ n: 2, unreached: 2 });
    expect(summary({ ...tested, left: soon("none") })).toMatchObject({
      n: 0,
      unreached: 5,
      reason: expect.stringContaining("pairs"),
    });
    const correlated: Quantity = {
      kind: "correlation",
      method: "pearson",
      over: ["repeat"],
      interval: { kind: "theory" },
      seed: 1,
      left: soon("WT"),
      right: test("WT"),
    };
    expect(summary(correlated)).toMatchObject({ n: 4, unreached: 1 });
  });

  it("change no number of what was reached", () => {
    const without = ROWS.filter(({ status }) => status === "ok");
    const { unreached, missing, ...rest } = summary(minus(soon("RI"), soon("WT")));
    expect([unreached, missing]).toEqual([2, 3]);
    expect(rest).toEqual({ ...summary(minus(soon("RI"), soon("WT")), without), missing: undefined });
  });
});

describe("the files", () => {
  const results = withDerived(OUTLINE, ROWS);
  const read = (text: string) =>
    Papa.parse<{ readonly [column: string]: string }>(text, { header: true, skipEmptyLines: true }).data;

  it("have the status, the reason, and what the number is greater than", () => {
    const rows = read(resultsCsv(results.rows, ["init"]));
    expect(rows.filter(({ status }) => status === "not_reached").length).toBe(2 + 1 + 5 + 2 + 1);
    expect(rows.find((each) => each.init === "RI" && each.repeat === "2")).toMatchObject({
      value: "",
      status: "not_reached",
      reason: "not in 600",
      above: "600",
    });
    const saved = rows.filter(({ measure }) => measure === "saved");
    expect(saved.map(({ repeat, status, above }) => [repeat, status, above])).toEqual([
      ["1", "ok", ""],
      ["2", "not_reached", ""],
      ["3", "ok", ""],
      ["4", "not_reached", ""],
      ["5", "failed", ""],
    ]);
    expect(saved[1]?.reason).toBe("a number it needs was not reached");
    expect(rows.find(({ measure }) => measure === "lost")).toMatchObject({ status: "not_reached", value: "" });
    const reached = resultsCsv(
      results.rows.filter(({ status }) => status === "ok"),
      ["init"],
    );
    expect(reached.split("\n")[0]).not.toContain("above");
  });

  it("count them in the summary, only where there are some", () => {
    const summaries = summaryRows(results);
    const rows = read(summaryCsv(summaries, ["init"]));
    const of = (measure: string, label: string) => rows.find((each) => each.measure === measure && each.init === label);
    expect(of("soon", "RI")).toMatchObject({ mean: "320", n: "2", missing: "3", not_reached: "2" });
    expect(of("test", "RI")).toMatchObject({ n: "5", missing: "0", not_reached: "0" });
    const others = summaries.filter(({ measure }) => measure === "test");
    expect(summaryCsv(others, ["init"]).split("\n")[0]).not.toContain("not_reached");
  });
});
