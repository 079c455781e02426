/** The pinned semantics of subsets, folds and conditions: what nests, what pairs, and what disturbs nothing. */

import { describe, expect, it } from "vitest";
import type { ViewParams } from "../../../src/compiler/plan/types.js";
import { viewParams, viewsOfSplit } from "../../../src/compiler/plan/views.js";
import type { CaseCondition, SubsetSpec, ViewSpec } from "../../../src/compiler/study.js";
import { itemsOf } from "../../../src/runtime/data/splits.js";
import type { IndexedItem } from "../../../src/runtime/data/types.js";
import { applyViews, judgeViews } from "../../../src/runtime/data/views.js";
import fc from "../../support/properties.js";

const COLUMNS = [
  { name: "sex", type: "string" },
  { name: "age", type: "number" },
] as const;

function cases(count: number, more: (i: number) => Partial<IndexedItem> = () => ({})) {
  const items = Array.from({ length: count }, (_, i): IndexedItem => {
    const split = i % 5 === 4 ? "test" : i % 5 === 3 ? "val" : "train";
    const attributes = [i % 2 === 0 ? "F" : "M", i % 7 === 0 ? null : 20 + (i % 60)];
    // classes in very different numbers
    return { id: `case/${i}`, split, label: i % 17 === 0 ? 2 : i % 4 === 0 ? 1 : 0, attributes, ...more(i) };
  });
  const classes = ["healthy", "mild", "severe"];
  return { classes, task: "multiclass" as const, columns: COLUMNS, groupedBy: "patient", items };
}

const subset = (amount: SubsetSpec["amount"], more: Partial<SubsetSpec> = {}): SubsetSpec => ({
  kind: "subset",
  amount,
  stratify: "label",
  nested: true,
  val: "whole",
  repeat: 1,
  ...more,
});
const share = (value: number): SubsetSpec["amount"] => ({ kind: "share", value });
const views = (seed: number, ...specs: readonly ViewSpec[]): readonly ViewParams[] => viewParams(specs, seed);
const idsIn = ({ items }: { readonly items: readonly IndexedItem[] }, split: "train" | "val" | "test") =>
  new Set(itemsOf(items, split).map(({ id }) => id));

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const shares = fc.double({ min: 0.005, max: 1, noNaN: true });

describe("subsets", () => {
  it("nest: the 1 % is inside the 10 %, stratified or not, by case or by patient", () => {
    const arbitrary = fc.record({
      seed: seeds,
      pair: fc.tuple(shares, shares),
      stratify: fc.constantFrom("label" as const, "none" as const),
      by: fc.constantFrom(undefined, "patient"),
    });
    fc.assert(
      fc.property(arbitrary, ({ seed, pair, stratify, by }) => {
        const [small, large] = [Math.min(...pair), Math.max(...pair)];
        const all = cases(400, (i) => ({ group: `p${i % 60}` }));
        const more = { stratify, ...(by === undefined ? {} : { by }) };
        const inner = idsIn(applyViews(all, views(seed, subset(share(small), more))), "train");
        const outer = idsIn(applyViews(all, views(seed, subset(share(large), more))), "train");
        expect([...inner].filter((id) => !outer.has(id))).toEqual([]);
        expect(inner.size).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it("keep every class within one case of its share, and the total to the case", () => {
    fc.assert(
      fc.property(seeds, shares, (seed, value) => {
        const all = cases(600);
        const train = itemsOf(all.items, "train");
        const kept = itemsOf(applyViews(all, views(seed, subset(share(value)))).items, "train");
        expect(kept).toHaveLength(Math.max(1, Math.round(value * train.length)));
        for (const label of [0, 1, 2]) {
          const whole = train.filter((item) => item.label === label).length;
          const own = kept.filter((item) => item.label === label).length;
          expect(Math.abs(own - (whole * kept.length) / train.length)).toBeLessThanOrEqual(1.5);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are the same cases, but for one, when the data grow by a case", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 200 }), (seed, count) => {
        const before = cases(400);
        const added = { id: "new", split: "train" as const, label: 0, attributes: [null, null] };
        const after = { ...before, items: [added, ...before.items] };
        const of = (all: typeof before) =>
          idsIn(applyViews(all, views(seed, subset({ kind: "images", value: count }, { stratify: "none" }))), "train");
        const [then, now] = [of(before), of(after)];
        expect([...then].filter((id) => !now.has(id)).length).toBeLessThanOrEqual(1);
        expect([...now].filter((id) => !then.has(id) && id !== "new")).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("are redrawn per repeat, and leave validation and test alone", () => {
    const all = cases(500);
    const of = (repeat: number, val: "cut" | "whole") => applyViews(all, views(3, subset(share(0.2), { repeat, val })));
    expect(idsIn(of(1, "whole"), "train")).not.toEqual(idsIn(of(2, "whole"), "train"));
    for (const split of ["val", "test"] as const) expect(idsIn(of(1, "whole"), split)).toEqual(idsIn(all, split));
    // cut with the training split, it is cut alike for all repeats
    expect(idsIn(of(1, "cut"), "val")).toEqual(idsIn(of(2, "cut"), "val"));
    expect(idsIn(of(1, "cut"), "val").size).toBe(20);
    expect(idsIn(of(1, "cut"), "test")).toEqual(idsIn(all, "test"));
  });

  it("count per class, and nest there too", () => {
    const all = cases(500);
    const of = (value: number) => applyViews(all, views(1, subset({ kind: "per-class", value })));
    const counts = (n: number) =>
      [0, 1, 2].map((label) => itemsOf(of(n).items, "train").filter((item) => item.label === label).length);
    expect(counts(5)).toEqual([5, 5, 5]);
    expect(counts(40)).toEqual([40, 40, 18]); // there are no more of the third
    const five = idsIn(of(5), "train");
    expect([...five].filter((id) => !idsIn(of(40), "train").has(id))).toEqual([]);
  });

  it("draw anew for every amount where they are not nested", () => {
    const all = cases(500);
    const of = (value: number) => idsIn(applyViews(all, views(1, subset(share(value), { nested: false }))), "train");
    expect([...of(0.1)].some((id) => !of(0.3).has(id))).toBe(true);
  });

  it("are no view at all where they are everything", () => {
    expect(views(1, subset(share(1)))).toEqual([]);
    const small = views(1, subset(share(0.1)));
    expect(viewsOfSplit(small, "test")).toEqual([]);
    expect(viewsOfSplit(small, "train")).toEqual(small);
  });

  it("say what cannot be taken", () => {
    expect(() => applyViews(cases(20), views(1, subset({ kind: "images", value: 99 })))).toThrow(
      "its training split has 12 images; 99 cannot be taken of them",
    );
  });
});

describe("folds", () => {
  const folded = (all: ReturnType<typeof cases>, seed: number, fold: number, by?: string) =>
    applyViews(all, views(seed, { kind: "folds", folds: 5, fold, ...(by === undefined ? {} : { by }) }));

  it("test every case once, keep patients whole, and never train on what they test", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 10, max: 80 }), (seed, patients) => {
        const all = cases(300, (i) => ({ group: `p${(i * 101) % patients}` }));
        const tested: string[] = [];
        for (const fold of [1, 2, 3, 4, 5]) {
          const { items } = folded(all, seed, fold, "patient");
          const sides = new Map<string, Set<string>>();
          for (const { group = "", split } of items) sides.set(group, (sides.get(group) ?? new Set()).add(`${split}`));
          for (const splits of sides.values()) expect(splits.size).toBe(1);
          tested.push(...itemsOf(items, "test").map(({ id }) => id));
          expect(itemsOf(items, "train").length).toBeGreaterThan(0);
        }
        expect(tested.sort()).toEqual(all.items.map(({ id }) => id).sort());
      }),
      { numRuns: 25 },
    );
  });

  it("have the classes in proportion, and validate on the next fold", () => {
    const all = cases(500);
    for (const fold of [1, 2, 3, 4, 5]) {
      const { items } = folded(all, 9, fold);
      const test = itemsOf(items, "test");
      expect(test).toHaveLength(100);
      expect(test.filter(({ label }) => label === 2).length).toBeGreaterThanOrEqual(5);
      const next = itemsOf(folded(all, 9, (fold % 5) + 1).items, "test");
      expect(new Set(itemsOf(items, "val").map(({ id }) => id))).toEqual(new Set(next.map(({ id }) => id)));
    }
  });

  it("keep images that are the same on one side", () => {
    const all = cases(100, (i) => (i < 2 ? { twin: "same" } : {}));
    for (const fold of [1, 2, 3, 4, 5]) {
      const [first, second] = folded(all, 2, fold).items;
      expect(first?.split).toBe(second?.split);
    }
  });

  it("want groups that the data name", () => {
    expect(() => folded(cases(50), 1, 1, "clinic")).toThrow(
      "the data set names no clinic; after `by` stands one of patient, sex, age",
    );
    expect(() => folded(cases(50), 1, 1, "patient")).toThrow("the data set names no patient for case/0");
    expect(() => folded(cases(4), 1, 1)).toThrow("it has 4 cases for 5 folds");
  });
});

describe("where", () => {
  const where = (condition: Extract<ViewSpec, { kind: "where" }>["condition"]) =>
    applyViews(cases(200), views(1, { kind: "where", condition }));

  it("leaves out classes and closes the others up", () => {
    const left = where({ kind: "in", column: "class", values: ["healthy", "severe"] });
    expect(left.classes).toEqual(["healthy", "severe"]);
    expect(left.task).toBe("binary");
    expect(new Set(left.items.map(({ label }) => label))).toEqual(new Set([0, 1]));
    const same = where({ kind: "not", condition: { kind: "in", column: "class", values: ["mild"] } });
    expect(same).toEqual(left);
  });

  it("asks columns, and a case without a value meets no condition on it", () => {
    const old = where({ kind: "compare", column: "age", operator: ">=", value: 50 });
    const young = where({ kind: "not", condition: { kind: "compare", column: "age", operator: ">=", value: 50 } });
    expect(old.items.length + young.items.length).toBe(cases(200).items.filter((item) => item.attributes?.[1]).length);
    expect(old.classes).toEqual(["healthy", "mild", "severe"]); // no class is ruled out by age
    const women = where({
      kind: "and",
      left: { kind: "in", column: "sex", values: ["F"] },
      right: { kind: "in", column: "class", values: ["mild", "severe"] },
    });
    expect(women.classes).toEqual(["mild", "severe"]);
    expect(women.items.every(({ attributes }) => attributes?.[0] === "F")).toBe(true);
  });

  it("names the columns and classes there are", () => {
    expect(() => where({ kind: "in", column: "site", values: ["A"] })).toThrow("it has no column site");
    expect(() => where({ kind: "in", column: "class", values: ["mlid"] })).toThrow(
      "it has no class mlid; there is healthy, mild, severe",
    );
  });
});

describe("split_classes", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `class ${i}`);
  const dealt = (seed: number, classes: readonly string[], part: number, { parts = 2, draw = 1 } = {}) => {
    const items = classes.flatMap((_, label): IndexedItem[] =>
      [0, 1].map((copy) => ({ id: `${label}/${copy}`, split: "train", label })),
    );
    const all = { classes, task: "multiclass" as const, columns: [], items };
    const condition = { kind: "part-of-classes", parts, part, draw } as const;
    return applyViews(all, views(seed, { kind: "where", condition }));
  };

  it("deals every class to one part, in parts of equal size, with all cases of it", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 4, max: 30 }), fc.integer({ min: 2, max: 4 }), (seed, count, parts) => {
        const all = Array.from({ length: parts }, (_, part) => dealt(seed, names(count), part, { parts }));
        expect(all.flatMap(({ classes }) => classes).toSorted()).toEqual(names(count).toSorted());
        const sizes = all.map(({ classes }) => classes.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const { classes, items } of all) expect(items).toHaveLength(2 * classes.length);
      }),
    );
  });

  it("is the draw's: the other side of one draw is the rest, another draw another deal", () => {
    const a = dealt(7, names(40), 0).classes;
    expect(dealt(7, names(40), 0).classes).toEqual(a);
    expect(dealt(7, names(40), 0, { draw: 2 }).classes).not.toEqual(a);
    expect(dealt(8, names(40), 0).classes).not.toEqual(a);
    expect(dealt(7, names(40), 1).classes).toEqual(names(40).filter((name) => !a.includes(name)));
  });

  it("goes by names, not by their places", () => {
    const shuffled = names(40).toReversed();
    expect(dealt(7, shuffled, 0).classes.toSorted()).toEqual(dealt(7, names(40), 0).classes.toSorted());
  });

  it("does not make more parts than there are classes", () => {
    expect(() => dealt(7, ["one", "two"], 0, { parts: 3 })).toThrow("it has 2 classes for 3 parts");
  });
});

describe("conditions that leave nothing out", () => {
  const where = (condition: CaseCondition): ViewSpec => ({ kind: "where", condition });
  const above = (value: number): CaseCondition => ({ kind: "compare", column: "age", operator: ">=", value });
  const said = (...specs: readonly ViewSpec[]) => judgeViews(cases(200), views(1, ...specs));
  it("are told by their place among the conditions, whatever else is done", () => {
    const sexes: CaseCondition = { kind: "in", column: "sex", values: ["F", "M"] };
    expect(said(where(sexes)).idle).toEqual([0]);
    expect(said(where(above(50)), subset(share(0.5)), where(sexes), where(above(40))).idle).toEqual([1, 2]);
    expect(said(where(above(60))).idle).toEqual([]);
    // nobody is younger than 20; a case without an age is left out all the same
    expect(said(where(above(20))).idle).toEqual([]);
    expect(said(where(above(20)), where(above(20))).idle).toEqual([1]);
  });
  it("change nothing of what is left", () => {
    const specs = [where(above(50)), subset(share(0.5)), where(above(20))];
    expect(said(...specs).cases).toEqual(applyViews(cases(200), views(1, ...specs)));
  });
});
