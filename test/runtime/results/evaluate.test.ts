import { describe, expect, it } from "vitest";
import { relativeGain } from "../../../src/analysis/index.js";
import type { Quantity, Slice } from "../../../src/compiler/outputs/types.js";
import { ResultSet } from "../../../src/runtime/results/dataset.js";
import { evaluateQuantity } from "../../../src/runtime/results/evaluate.js";
import type { Outline } from "../../../src/runtime/results/outline.js";
import { type PointSummary, summarizePoint } from "../../../src/runtime/results/series.js";
import type { ResultRow } from "../../../src/runtime/results/types.js";
import { at, axis, column, points } from "./outlines.js";

const OUTLINE: Outline = {
  tables: [
    {
      name: "main",
      axes: [axis("source", "source", ["a", "b"]), axis("init", "init", ["RI", "WT"])],
      columns: [column("test"), column("near", [axis("layer", "layer", [])])],
    },
    { name: "depth", axes: [axis("n", "free", [0, 1])], columns: [column("test")] },
  ],
  derives: [
    {
      name: "gain",
      text: "main.test[init: WT] - main.test[init: RI]",
      perRepeat: true,
      metric: "top1",
      estimator: "",
      axes: [axis("source", "source", ["a", "b"])],
      quantity: {
        kind: "arithmetic",
        operator: "-",
        left: { kind: "column", table: "main", column: "test", slice: at({ init: "WT" }) },
        right: { kind: "column", table: "main", column: "test", slice: at({ init: "RI" }) },
      },
    },
  ],
};

function row(experiment: string, axes: ResultRow["axes"], repeat: number, value: number, node?: string): ResultRow {
  return {
    experiment,
    axes,
    repeat,
    seed: 1,
    measure: "test",
    metric: "top1",
    estimator: "",
    value,
    status: Number.isFinite(value) ? "ok" : "failed",
    node: node ?? `${experiment} ${JSON.stringify(axes)} ${repeat}`,
  };
}

/** WT differs by source and repeat; RI knows no source: the same node under both. */
const ROWS: readonly ResultRow[] = [
  row("main", { source: "a", init: "RI" }, 1, 0.5, "ri1"),
  row("main", { source: "a", init: "RI" }, 2, 0.6, "ri2"),
  row("main", { source: "b", init: "RI" }, 1, 0.5, "ri1"),
  row("main", { source: "b", init: "RI" }, 2, 0.6, "ri2"),
  row("main", { source: "a", init: "WT" }, 1, 0.8),
  row("main", { source: "a", init: "WT" }, 2, 0.7),
  row("main", { source: "b", init: "WT" }, 1, 0.9),
  row("main", { source: "b", init: "WT" }, 2, Number.NaN),
  row("depth", { n: 0 }, 1, 0.4),
  row("depth", { n: 1 }, 1, 0.8),
];

const test = (slice: Slice = {}): Quantity => ({ kind: "column", table: "main", column: "test", slice });
const minus = (left: Quantity, right: Quantity): Quantity => ({ kind: "arithmetic", operator: "-", left, right });
const over = (left: Quantity, right: Quantity): Quantity => ({ kind: "arithmetic", operator: "/", left, right });
const mean = (of: Quantity, ...axes: readonly string[]): Quantity => ({ kind: "reduce", by: "mean", of, over: axes });

function summaries(quantity: Quantity, rows = ROWS): { readonly [at: string]: PointSummary } {
  const series = evaluateQuantity(quantity, new ResultSet(OUTLINE, rows));
  return Object.fromEntries(
    series.points.map(({ at: point, value }) => [Object.values(point).join(" "), summarizePoint(value)]),
  );
}

describe("arithmetic on measures", () => {
  it("is paired by repeat: the spread of the differences, not of the sides", () => {
    const { a } = summaries(minus(test(at({ init: "WT" })), test(at({ init: "RI" }))));
    // 0.8 - 0.5 = 0.3 and 0.7 - 0.6 = 0.1
    expect(a?.mean).toBeCloseTo(0.2, 12);
    expect(a?.sd).toBeCloseTo(0.2 / Math.SQRT2, 12);
    expect(a?.n).toBe(2);
  });

  it("drops a failed repeat from both sides and says n", () => {
    const { b } = summaries(minus(test(at({ init: "WT" })), test(at({ init: "RI" }))));
    expect(b).toMatchObject({ n: 1, missing: 1 });
    expect(b?.mean).toBeCloseTo(0.9 - 0.5, 12);
  });

  it("joins axes by name and broadcasts the others", () => {
    const found = summaries(minus(test(), test(at({ init: "RI" }))));
    expect(Object.keys(found).sort()).toEqual(["a RI", "a WT", "b RI", "b WT"]);
    expect(found["a RI"]?.mean).toBe(0);
  });

  it("takes a derive by its name, sliced", () => {
    const found = summaries({ kind: "derive", name: "gain", slice: at({ source: "a" }) });
    expect(Object.keys(found)).toEqual([""]);
    expect(found[""]?.mean).toBeCloseTo(0.2, 12);
  });

  it("keeps an axis sliced to a list", () => {
    const kept: Slice = { init: { points: points(["WT"]), keep: true } };
    expect(Object.keys(summaries(test(kept)))).toEqual(["a WT", "b WT"]);
  });

  it("has no number where one is undefined", () => {
    const zero = over(test(at({ init: "WT" })), { kind: "constant", value: 0 });
    expect(summaries(zero).a).toMatchObject({ n: 0, missing: 2, mean: Number.NaN });
  });
});

describe("means", () => {
  it("mean(a) / mean(b) is the ratio of means, not the mean of ratios", () => {
    const { a } = summaries(over(mean(test(at({ init: "WT" }))), mean(test(at({ init: "RI" })))));
    expect(a?.mean).toBeCloseTo(0.75 / 0.55, 12);
    expect(a?.mean).not.toBeCloseTo((0.8 / 0.5 + 0.7 / 0.6) / 2, 3);
    expect(a).toMatchObject({ n: 2, pooled: true });
  });

  it("their ratio has the jackknife's interval over pairs; what is no mean has none", () => {
    const { a, b } = summaries(over(mean(test(at({ init: "WT" }))), mean(test(at({ init: "RI" })))));
    const { low, high } = relativeGain([0.8, 0.7], [0.5, 0.6]);
    expect(a?.low).toBeCloseTo(low, 12);
    expect(a?.high).toBeCloseTo(high, 12);
    expect(b).toMatchObject({ low: Number.NaN, high: Number.NaN });
    const plain = summaries(mean(test(at({ init: "WT", source: "a" }))))[""];
    const each = summaries(test(at({ init: "WT", source: "a" })))[""];
    expect([plain?.low, plain?.high].map((value) => value?.toFixed(12))).toEqual(
      [each?.low, each?.high].map((value) => value?.toFixed(12)),
    );
    const greatest = summaries({ kind: "reduce", by: "max", of: test(at({ init: "WT", source: "a" })), over: [] })[""];
    expect(greatest).toMatchObject({ n: 2, low: Number.NaN, high: Number.NaN });
  });

  it("a repeat that failed on one side drops from both means", () => {
    const { b } = summaries(over(mean(test(at({ init: "WT" }))), mean(test(at({ init: "RI" })))));
    expect(b?.mean).toBeCloseTo(0.9 / 0.5, 12);
    expect(b?.n).toBe(1);
  });

  it("over an axis stays within each repeat", () => {
    const found = summaries(mean(test(at({ source: "a" })), "init"));
    // (0.5 + 0.8) / 2 and (0.6 + 0.7) / 2
    expect(found[""]).toMatchObject({ n: 2 });
    expect(found[""]?.mean).toBeCloseTo(0.65, 12);
    expect(found[""]?.sd).toBeCloseTo(0, 12);
  });

  it("counts identical nodes once: RI under two sources is one observation", () => {
    // RI 0.5 once, WT 0.8 and 0.9: (0.5 + 0.8 + 0.9) / 3 in repeat 1; repeat 2 fails with WT under b
    const found = summaries(mean(test(), "source", "init"));
    expect(found[""]?.mean).toBeCloseTo(2.2 / 3, 12);
    expect(found[""]).toMatchObject({ n: 1, missing: 1 });
  });

  it("counts a number that is the same node in every repeat once", () => {
    const same = [
      row("main", { source: "a", init: "RI" }, 1, 0.5, "x"),
      row("main", { source: "a", init: "RI" }, 2, 0.5, "x"),
    ];
    expect(summaries(test(), same)["a RI"]).toMatchObject({ n: 1, mean: 0.5, sd: Number.NaN });
    expect(summaries(mean(test()), same)["a RI"]).toMatchObject({ n: 1, mean: 0.5 });
  });

  it("min, max and sd follow the same rules", () => {
    const by = (name: "min" | "max" | "sd"): Quantity => ({
      kind: "reduce",
      by: name,
      of: test(at({ source: "a", init: "WT" })),
      over: [],
    });
    expect(summaries(by("min"))[""]?.mean).toBe(0.7);
    expect(summaries(by("max"))[""]?.mean).toBe(0.8);
    expect(summaries(by("sd"))[""]?.mean).toBeCloseTo(0.1 / Math.SQRT2, 12);
  });
});

describe("axes and functions", () => {
  it("reads an axis as a number and joins it", () => {
    const n: Quantity = {
      kind: "axis",
      axis: "n",
      values: [
        { point: "0", value: 0 },
        { point: "1", value: 1 },
      ],
    };
    const depth: Quantity = { kind: "column", table: "depth", column: "test", slice: {} };
    const found = summaries({ kind: "arithmetic", operator: "*", left: depth, right: n });
    expect(found["0"]?.mean).toBe(0);
    expect(found["1"]?.mean).toBe(0.8);
  });

  it("equal values at different points are different observations", () => {
    const size: Quantity = {
      kind: "axis",
      axis: "source",
      property: "size",
      values: [
        { point: "a", value: 10 },
        { point: "b", value: 10 },
      ],
    };
    const sum: Quantity = { kind: "reduce", by: "sd", of: size, over: ["source"] };
    expect(summaries(sum)[""]?.mean).toBe(0);
  });

  it("logit and log, and none of them outside its domain", () => {
    const f = (name: "log" | "logit" | "exp" | "abs", value: number): number =>
      summaries({ kind: "function", name, of: { kind: "constant", value } })[""]?.mean ?? 0;
    expect(f("logit", 0.75)).toBeCloseTo(Math.log(3), 12);
    expect(f("log", Math.E)).toBeCloseTo(1, 12);
    expect(f("abs", -2)).toBe(2);
    expect(f("log", -1)).toBeNaN();
  });
});

describe("a probe that failed", () => {
  it("is missing at every layer its repeat would have had", () => {
    const near = (repeat: number, layer: string | undefined, value: number): ResultRow => ({
      ...row(
        "main",
        { source: "a", init: "WT", ...(layer === undefined ? {} : { layer }) },
        repeat,
        value,
        `near ${repeat}`,
      ),
      measure: "near",
    });
    const rows = [near(1, "stem", 0.2), near(1, "head", 0.4), near(2, undefined, Number.NaN)];
    const quantity: Quantity = { kind: "column", table: "main", column: "near", slice: {} };
    const found = summaries(quantity, rows);
    expect(Object.keys(found)).toEqual(["a WT stem", "a WT head"]);
    expect(found["a WT head"]).toMatchObject({ mean: 0.4, n: 1, missing: 1 });
  });

  it("in every repeat is a point without layers, so that a mean over them is missing and not no number at all", () => {
    const lost = (repeat: number): ResultRow => ({
      ...row("main", { source: "a", init: "RI" }, repeat, Number.NaN, `near ${repeat}`),
      measure: "near",
    });
    const quantity: Quantity = { kind: "column", table: "main", column: "near", slice: {} };
    expect(summaries(quantity, [lost(1), lost(2)])["a RI"]).toMatchObject({ n: 0, missing: 2 });
    expect(summaries(mean(quantity, "layer"), [lost(1), lost(2)])["a RI"]).toMatchObject({ n: 0, missing: 2 });
  });
});

describe("layers", () => {
  it("of a loop keep each cell's order, one node a layer", () => {
    const redo = (source: string, layer: string): ResultRow => ({
      ...row("main", { source, init: "WT", layer }, 1, 0.5),
      measure: "near",
    });
    const rows = [redo("a", "b0"), redo("a", "head"), redo("b", "b0"), redo("b", "b1"), redo("b", "head")];
    const labels = new ResultSet(OUTLINE, rows).pointsOf("layer", ["main"]).map((point) => point.label);
    expect(labels).toEqual(["b0", "b1", "head"]);
  });
});

describe("a slice that follows another axis", () => {
  const GRID: Outline = {
    tables: [
      {
        name: "grid",
        axes: [axis("model", "model", ["small", "large"]), axis("n", "free", [0, 1, 2])],
        columns: [column("kept", [axis("layer", "layer", ["x", "y"]), axis("layer2", "layer", ["x", "y"])])],
      },
    ],
    derives: [],
  };
  const rows = ["small", "large"].flatMap((model, m) =>
    [0, 1, 2].flatMap((n) =>
      ["x", "y"].flatMap((layer, i) =>
        ["x", "y"].map((layer2, j) => ({
          ...row("grid", { model, n, layer, layer2 }, 1, 1000 * m + 100 * n + 10 * i + j),
          measure: "kept",
        })),
      ),
    ),
  );
  const kept = (slice: Slice): readonly (readonly [string, number])[] =>
    evaluateQuantity({ kind: "column", table: "grid", column: "kept", slice }, new ResultSet(GRID, rows)).points.map(
      ({ at: point, value }) => [Object.values(point).join(" "), summarizePoint(value).mean],
    );

  it("keeps the diagonal", () => {
    const slice: Slice = {
      ...at({ model: "small", n: 0 }),
      layer2: { points: points(["x", "y"]), keep: false, follows: { axis: "layer" } },
    };
    expect(kept(slice)).toEqual([
      ["x", 0],
      ["y", 11],
    ]);
    expect(kept({ ...slice, ...at({ layer: "y" }) })).toEqual([["", 11]]);
  });

  it("keeps another point for each point of the other axis", () => {
    const follows = { axis: "model", points: { small: "1", large: "2" } };
    expect(kept({ ...at({ layer: "x", layer2: "y" }), n: { points: points([1, 2]), keep: false, follows } })).toEqual([
      ["small", 101],
      ["large", 1201],
    ]);
  });
});
