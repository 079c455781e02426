import { describe, expect, it } from "vitest";
import { statistics } from "../../../src/analysis/index.js";
import type { Quantity } from "../../../src/compiler/outputs/types.js";
import * as types from "../../../src/compiler/outputs/types.js";
import { ResultSet } from "../../../src/runtime/results/dataset.js";
import { evaluateQuantity } from "../../../src/runtime/results/evaluate.js";
import type { Outline } from "../../../src/runtime/results/outline.js";
import { summarizePoint } from "../../../src/runtime/results/series.js";
import { mean } from "../../../src/runtime/results/statistics.js";
import type { ResultRow } from "../../../src/runtime/results/types.js";
import { sample } from "../../analysis/draw.js";
import { axis, column } from "./outlines.js";

const TARGETS = ["a", "b", "c", "d", "e"];
const MODELS = ["vit", "resnet"];
const AXES = [axis("target", "target", TARGETS), axis("model", "model", MODELS)];
const test = column("test");
const OUTLINE: Outline = {
  tables: [
    { name: "main", axes: AXES, columns: [test] },
    { name: "far", axes: AXES.slice(0, 1), columns: [column("kid", [], "kid")] },
  ],
  derives: [],
};
const REPEATS = 3;
const value = (target: number, model: number, repeat: number) =>
  sample(7 + target * 31 + model * 17, REPEATS, 1000)[repeat - 1] as number;
const kid = (target: number) => sample(target + 2, 1, 1000)[0] as number;

function rows(change: (row: ResultRow) => ResultRow = (row) => row): ResultSet {
  const shared = { seed: 1, estimator: "", status: "ok" } as const;
  const main = TARGETS.flatMap((target, t) =>
    MODELS.flatMap((model, m) =>
      Array.from({ length: REPEATS }, (_, i): ResultRow => {
        const [repeat, node] = [i + 1, `${target}${model}${i}`];
        const value_ = value(t, m, repeat);
        return {
          ...shared,
          experiment: "main",
          axes: { target, model },
          repeat,
          measure: "test",
          metric: "top1",
          value: value_,
          node,
        };
      }),
    ),
  );
  const far = TARGETS.flatMap((target, t) =>
    Array.from({ length: REPEATS }, (_, i): ResultRow => {
      const node = `kid${target}`; // computed once for all repeats
      return {
        ...shared,
        experiment: "far",
        axes: { target },
        repeat: i + 1,
        measure: "kid",
        metric: "kid",
        value: kid(t),
        node,
      };
    }),
  );
  return new ResultSet(OUTLINE, [...main, ...far].map(change));
}

const main: Quantity = { kind: "column", table: "main", column: "test", slice: {} };
const far: Quantity = { kind: "column", table: "far", column: "kid", slice: {} };
const theory = { kind: "theory" } as const;
const means = (m: number) => TARGETS.map((_, t) => mean([1, 2, 3].map((repeat) => value(t, m, repeat))));
const kids = TARGETS.map((_, t) => kid(t));

function near(found: number | undefined, expected: number): void {
  expect(Math.abs((found ?? Number.NaN) - expected), `${found} beside ${expected}`).toBeLessThan(
    1e-10 * Math.max(1, Math.abs(expected)),
  );
}
const numbers = (quantity: Quantity, results = rows()) =>
  evaluateQuantity(quantity, results).points.map(({ at, value: point }) => ({ at, ...summarizePoint(point), point }));

it("knows the correlations the compiler knows", () => {
  expect(types.CORRELATIONS).toEqual(statistics.CORRELATIONS);
});

describe("correlation", () => {
  const over = (axes: readonly string[], interval: types.RowIntervalSpec = theory): Quantity => ({
    kind: "correlation",
    left: main,
    right: far,
    method: "pearson",
    over: axes,
    interval,
    seed: 1,
  });

  it("has no folds that its observations' names only seem to speak of, and no interval through a function", () => {
    for (const { n, folds, low } of numbers({ kind: "function", name: "abs", of: over(["target"]) })) {
      expect([n, folds, low]).toEqual([5, undefined, Number.NaN]);
    }
  });

  it("is of means over repeats, for every point of the axes that are left", () => {
    const found = numbers(over(["target"]));
    expect(found.map(({ at, n }) => [at, n])).toEqual(MODELS.map((model) => [{ model }, 5]));
    found.forEach(({ mean: r, low, high }, m) => {
      const expected = statistics.correlation(means(m), kids, "pearson");
      near(r, expected.kind === "value" ? expected.value : Number.NaN);
      const ends = statistics.correlationInterval(r, 5, "pearson");
      near(low, ends.low);
      near(high, ends.high);
    });
  });

  it("takes repeats for points of their own where they are named", () => {
    const [found] = numbers(over(["target", "model", "repeat"]));
    expect(found?.n).toBe(30);
  });

  it("leaves a failed repeat out on both sides, and a point without any", () => {
    const failing = (target: string, repeats: readonly (number | null)[]) =>
      rows((row) =>
        row.experiment === "main" &&
        row.axes.target === target &&
        row.axes.model === "vit" &&
        repeats.includes(row.repeat)
          ? { ...row, value: Number.NaN, status: "failed", reason: "no memory" }
          : row,
      );
    const [one] = numbers(over(["target"]), failing("b", [2]));
    const kept = means(0).map((each, t) => (t === 1 ? mean([value(1, 0, 1), value(1, 0, 3)]) : each));
    const expected = statistics.correlation(kept, kids, "pearson");
    near(one?.mean, expected.kind === "value" ? expected.value : Number.NaN);
    const [four] = numbers(over(["target"]), failing("b", [1, 2, 3]));
    expect(four?.n).toBe(4);
    const same = rows((row) => (row.experiment === "far" ? { ...row, value: 1 } : row));
    const [none] = evaluateQuantity(over(["target"]), same).points;
    expect(none?.value).toMatchObject({ reason: "the second side is the same everywhere" });
  });

  it("has a bootstrap's interval that is the same each time and lies within [−1, 1]", () => {
    const interval = { kind: "bootstrap", resamples: 500, by: ["target"] } as const;
    const [a] = numbers(over(["target", "model"], interval));
    const [b] = numbers(over(["target", "model"], interval));
    expect([a?.low, a?.high]).toEqual([b?.low, b?.high]);
    expect(a?.low).toBeGreaterThanOrEqual(-1);
    expect(a?.high).toBeLessThanOrEqual(1);
    expect((a?.low ?? 2) < (a?.mean ?? 0) && (a?.mean ?? 0) < (a?.high ?? -2)).toBe(true);
  });
});

describe("regression", () => {
  const spec = (more: Partial<types.RegressionSpec> = {}): Quantity => ({
    kind: "regression",
    of: main,
    terms: [
      { kind: "number", label: "kid", quantity: far },
      { kind: "category", axis: "model", points: MODELS },
    ],
    over: ["target", "model"],
    cluster: ["target"],
    interval: theory,
    seed: 1,
    ...more,
  });

  it("has a coefficient a term, categories beside their first point, errors by cluster", () => {
    const y = MODELS.flatMap((_, m) => means(m));
    const columns = [y.map(() => 1), [...kids, ...kids], MODELS.flatMap((_, m) => kids.map(() => m))];
    const fit = statistics.leastSquares(y, columns, { clusters: [...TARGETS, ...TARGETS] });
    if (fit.kind === "undefined") throw new Error(fit.reason);
    const found = numbers(spec());
    expect(found.map(({ at, n }) => [at.term, n])).toEqual([
      ["intercept", 10],
      ["kid", 10],
      ["model[resnet]", 10],
    ]);
    found.forEach(({ mean: b, low, high }, j) => {
      near(b, fit.coefficients[j]?.value ?? Number.NaN);
      near(low, fit.coefficients[j]?.low ?? Number.NaN);
      near(high, fit.coefficients[j]?.high ?? Number.NaN);
    });
  });

  it("multiplies a number and categories: slopes that differ, and cells of their own", () => {
    const category = { axis: "model", points: MODELS };
    const slopes = spec({
      terms: [
        { kind: "number", label: "kid", quantity: far },
        { kind: "category", ...category },
        { kind: "interaction", number: { label: "kid", quantity: far }, categories: [category] },
      ],
      cluster: [],
    });
    const found = numbers(slopes);
    expect(found.map(({ at }) => at.term)).toEqual(["intercept", "kid", "model[resnet]", "kid * model[resnet]"]);
    // a line a model: its own intercept and slope
    const lines = MODELS.map((_, m) => statistics.leastSquares(means(m), [kids.map(() => 1), kids]));
    const [first, second] = lines.map((fit) => (fit.kind === "fit" ? fit.coefficients.map(({ value }) => value) : []));
    near(found[0]?.mean ?? 0, first?.[0] ?? Number.NaN);
    near(found[1]?.mean ?? 0, first?.[1] ?? Number.NaN);
    near(found[2]?.mean ?? 0, (second?.[0] ?? Number.NaN) - (first?.[0] ?? Number.NaN));
    near(found[3]?.mean ?? 0, (second?.[1] ?? Number.NaN) - (first?.[1] ?? Number.NaN));
  });

  it("has a product of two categories for every pair of points beyond the first ones", () => {
    const terms: types.RegressionSpec["terms"] = [
      {
        kind: "interaction",
        categories: [
          { axis: "model", points: MODELS },
          { axis: "target", points: TARGETS },
        ],
      },
    ];
    expect(numbers(spec({ terms, cluster: [] })).map(({ at }) => at.term)).toEqual([
      "intercept",
      ...TARGETS.slice(1).map((target) => `model[resnet] * target[${target}]`),
    ]);
  });

  it("has no coefficient of a category of which no number depends, and says why", () => {
    const shared = rows((row) => ({ ...row, node: row.node.replace("resnet", "vit") }));
    for (const { n, point } of numbers(spec(), shared)) {
      expect(n).toBe(0);
      expect(point).toMatchObject({
        reason:
          "model[resnet] is constant or follows from the other terms; what is one number at several points of a term is one row",
      });
    }
  });

  it("says of every coefficient why there is none", () => {
    const same = rows((row) => (row.experiment === "far" ? { ...row, value: 1 } : row));
    const reasons = evaluateQuantity(spec(), same).points.map(({ value: point }) => point);
    expect(reasons).toMatchObject([1, 2, 3].map(() => ({ reason: "kid is constant or follows from the other terms" })));
  });

  it("can be drawn again by cluster", () => {
    const interval = { kind: "bootstrap", resamples: 300, by: ["target"] } as const;
    for (const { mean: b, low, high } of numbers(spec({ interval }))) {
      expect(low).toBeLessThanOrEqual(b);
      expect(high).toBeGreaterThanOrEqual(b);
    }
  });
});

describe("a baseline that is one run under every source", () => {
  const [SOURCES, INITS] = [
    ["near", "far", "further"],
    ["RI", "WT"],
  ];
  const score = (target: number, init: string, source: string) =>
    sample(
      3 + target * 31 + INITS.indexOf(init) * 17 + (init === "RI" ? 0 : SOURCES.indexOf(source) * 5),
      1,
      1000,
    )[0] as number;
  const distance = (target: number, source: string) =>
    sample(500 + target * 11 + SOURCES.indexOf(source), 1, 1000)[0] as number;
  const axes = [axis("source", "source", SOURCES), axis("target", "target", TARGETS), axis("init", "init", INITS)];
  const column = (name: string): types.Quantity => ({ kind: "column", table: "grid", column: name, slice: {} });
  const results = new ResultSet(
    { tables: [{ name: "grid", axes, columns: [test, { ...test, name: "kid" }] }], derives: [] },
    TARGETS.flatMap((target, t) =>
      INITS.flatMap((init) =>
        SOURCES.flatMap((source) => {
          const shared = { experiment: "grid", axes: { source, target, init }, repeat: 1, seed: 1 };
          const ok = { metric: "top1", estimator: "", status: "ok" } as const;
          const trained = init === "RI" ? `RI ${target}` : `WT ${target} ${source}`;
          return [
            { ...shared, ...ok, measure: "test", value: score(t, init, source), node: trained },
            { ...shared, ...ok, measure: "kid", value: distance(t, source), node: `kid ${target} ${source}` },
          ];
        }),
      ),
    ),
  );
  const category = (name: string, points: readonly string[]) => ({ kind: "category", axis: name, points }) as const;
  const regression = (more: Partial<types.RegressionSpec>): Quantity => ({
    kind: "regression",
    of: column("test"),
    terms: [category("init", INITS), category("source", SOURCES)],
    over: ["source", "target", "init"],
    cluster: [],
    interval: theory,
    seed: 1,
    ...more,
  });
  const scores = (init: string, source: string) => mean(TARGETS.map((_, t) => score(t, init, source)));

  it("is one row, and the coefficient of the source is what sources do to what has one", () => {
    const found = numbers(regression({}), results);
    expect(found.map(({ at, n }) => [at.term, n])).toEqual(
      ["intercept", "init[WT]", "source[far]", "source[further]"].map((term) => [term, 20]),
    );
    const [near_ = 0, far_ = 0, further = 0] = SOURCES.map((source) => scores("WT", source));
    near(found[1]?.mean, mean([near_, far_, further]) - scores("RI", "near"));
    near(found[2]?.mean, far_ - near_);
    near(found[3]?.mean, further - near_);
  });

  it("does not depend on the order of sources", () => {
    const turned = numbers(
      regression({ terms: [category("init", INITS), category("source", [...SOURCES].reverse())] }),
      results,
    );
    const straight = numbers(regression({}), results);
    near(turned[1]?.mean, straight[1]?.mean ?? 0);
    near(turned[1]?.low, straight[1]?.low ?? 0);
    near(turned[3]?.mean, -(straight[3]?.mean ?? 0));
  });

  it("is explained by the mean of a number that differs where it does not", () => {
    const only: types.Slice = { init: { points: [{ label: "RI", value: "RI" }], keep: false } };
    const of = (name: string): Quantity => ({ kind: "column", table: "grid", column: name, slice: only });
    const terms = [{ kind: "number", label: "kid", quantity: of("kid") }] as const;
    const found = numbers(regression({ of: of("test"), terms, over: ["source", "target"] }), results);
    const y = TARGETS.map((_, t) => score(t, "RI", "near"));
    const x = TARGETS.map((_, t) => mean(SOURCES.map((source) => distance(t, source))));
    const fit = statistics.leastSquares(y, [y.map(() => 1), x]);
    if (fit.kind === "undefined") throw new Error(fit.reason);
    expect(found.map(({ n }) => n)).toEqual([5, 5]);
    near(found[1]?.mean, fit.coefficients[1]?.value ?? 0);
    near(found[1]?.low, fit.coefficients[1]?.low ?? 0);
  });

  it("is a cluster of its own, and drawn as one", () => {
    const clustered = numbers(regression({ cluster: ["source"] }), results);
    const y = [
      ...TARGETS.map((_, t) => score(t, "RI", "near")),
      ...SOURCES.flatMap((s) => TARGETS.map((_, t) => score(t, "WT", s))),
    ];
    const told = (at: number) => [
      ...TARGETS.map(() => 1 / 3),
      ...SOURCES.flatMap((_, s) => TARGETS.map(() => (s === at ? 1 : 0))),
    ];
    const clusters = ["RI", ...SOURCES].flatMap((name) => TARGETS.map(() => name));
    const fit = statistics.leastSquares(y, [y.map(() => 1), y.map((_, i) => (i < 5 ? 0 : 1)), told(1), told(2)], {
      clusters,
    });
    if (fit.kind === "undefined") throw new Error(fit.reason);
    near(clustered[1]?.low, fit.coefficients[1]?.low ?? 0);
    const interval = { kind: "bootstrap", resamples: 200, by: ["target"] } as const;
    for (const { mean: b, low, high } of numbers(regression({ interval }), results)) {
      expect(low).toBeLessThanOrEqual(b);
      expect(high).toBeGreaterThanOrEqual(b);
    }
  });

  it("weighs as much in every draw of sources as it does in the number", () => {
    const of: Quantity = { kind: "reduce", by: "mean", of: column("test"), over: ["source", "init"] };
    const drawn: Quantity = {
      kind: "bootstrap",
      of,
      resamples: 2000,
      by: [{ axis: "source", points: SOURCES }],
      seed: 1,
    };
    numbers(drawn, results).forEach(({ mean: number, low, high }, t) => {
      const [ri, wt] = [score(t, "RI", "near"), SOURCES.map((source) => score(t, "WT", source))];
      near(number, mean([ri, ...wt]));
      // three draws of one source are the least and the greatest there are, one in 27 each
      near(low, (ri + 3 * Math.min(...wt)) / 4);
      near(high, (ri + 3 * Math.max(...wt)) / 4);
    });
  });
});

describe("label equivalence", () => {
  const shares = [0.01, 0.1, 1];
  const curve = {
    name: "curve",
    axes: [axis("init", "init", ["WT", "RI"]), axis("share", "free", ["1%", "10%", "100%"])],
    columns: [test],
  };
  const outline: Outline = { tables: [curve], derives: [] };
  const score = (init: string, s: number, repeat: number) =>
    (init === "WT" ? 0.15 : 0) + 0.5 + 0.2 * s + 0.01 * repeat * (s + 1);
  const results = new ResultSet(
    outline,
    ["WT", "RI"].flatMap((init) =>
      shares.flatMap((share, s) =>
        [1, 2, 3].map((repeat): ResultRow => {
          const place = {
            experiment: "curve",
            axes: { init, share: ["1%", "10%", "100%"][s] as string },
            repeat,
            seed: 1,
          };
          return {
            ...place,
            measure: "test",
            metric: "top1",
            estimator: "",
            value: score(init, s, repeat),
            status: "ok",
            node: `${init}${share}${repeat}`,
          };
        }),
      ),
    ),
  );
  const side = (init: string): Quantity => ({
    kind: "column",
    table: "curve",
    column: "test",
    slice: { init: { points: [{ label: init, value: init }], keep: false } },
  });
  const spec: Quantity = {
    kind: "label_equivalent",
    left: side("WT"),
    right: side("RI"),
    along: "share",
    labels: [
      { point: "1%", value: 0.01 },
      { point: "10%", value: 0.1 },
      { point: "100%", value: 1 },
    ],
    direction: "max",
  };

  it("reads the mean curve, and says where it ends", () => {
    const found = numbers(spec, results);
    const at = (s: number) => mean([1, 2, 3].map((repeat) => score("RI", s, repeat)));
    const of = (s: number) =>
      statistics.labelEquivalent(
        shares.map((labels, i) => ({ labels, score: at(i) })),
        at(s) + 0.15,
        "max",
      );
    for (const s of [0, 1]) {
      const expected = of(s);
      near(found[s]?.mean, expected.kind === "value" ? expected.value : Number.NaN);
      expect(found[s]?.n).toBe(3);
      expect(found[s]?.low).toBeLessThan(found[s]?.mean ?? 0);
    }
    expect(found[2]?.mean).toBeNaN();
    expect(found[2]?.point).toMatchObject({ reason: "better than the other side at any number of labels" });
  });
});

describe("bootstrap", () => {
  const ratio = (of: Quantity, by: readonly types.DrawnUnit[]): Quantity => ({
    kind: "bootstrap",
    of,
    resamples: 2000,
    by,
    seed: 1,
  });
  const averaged: Quantity = {
    kind: "reduce",
    by: "mean",
    of: { kind: "reduce", by: "mean", of: main, over: ["target"] },
    over: [],
  };

  it("leaves the number what it is, and draws what it is told to", () => {
    const byTarget = numbers(ratio(averaged, [{ axis: "target", points: TARGETS }]));
    byTarget.forEach(({ mean: number, low, high, n }, m) => {
      near(number, mean(means(m)));
      expect(n).toBe(5);
      const spread = Math.sqrt(mean(means(m).map((each) => (each - number) ** 2)) / 5);
      // percentiles of a mean of five: not far from the normal's
      expect((high - low) / (2 * 1.96 * spread)).toBeGreaterThan(0.85);
      expect((high - low) / (2 * 1.96 * spread)).toBeLessThan(1.15);
    });
    const byRepeat = numbers(ratio(averaged, [{ axis: "repeat", points: ["1", "2", "3"] }]));
    expect(byRepeat.map(({ n }) => n)).toEqual([3, 3]);
    expect(byRepeat.map(({ mean: number }) => number)).toEqual(byTarget.map(({ mean: number }) => number));
  });

  it("draws both sides of a difference together", () => {
    const nothing: Quantity = { kind: "arithmetic", operator: "-", left: averaged, right: averaged };
    for (const { low, high } of numbers(ratio(nothing, [{ axis: "repeat", points: ["1", "2", "3"] }]))) {
      expect([low, high]).toEqual([0, 0]);
    }
  });
});
