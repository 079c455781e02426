import { describe, expect, it } from "vitest";
import type { StreamSpec } from "../../../src/compiler/plan/types.js";
import type { SplitSpec } from "../../../src/compiler/study.js";
import { assignSplits as assign, itemsOf } from "../../../src/runtime/data/splits.js";
import type { Item } from "../../../src/runtime/data/types.js";
import fc from "../../support/properties.js";

const stream = (seed: number) => ({ seed, purpose: "split" as const, repeat: 0, about: [] });
const items = (count: number, more: (i: number) => Partial<Item> = () => ({})): Item[] =>
  Array.from({ length: count }, (_, i) => ({ id: `x/${i}`, split: null, label: i % 3, ...more(i) }));
const assignSplits = (given: readonly Item[], ...rest: [SplitSpec, StreamSpec]) =>
  assign({ items: given, columns: [], ...(given[0]?.group === undefined ? {} : { groupedBy: "patient" }) }, ...rest);
const fractions = { kind: "fractions", train: 0.6, val: 0.2, test: 0.2 } as const;
const idsOf = (assigned: ReturnType<typeof assignSplits>, split: "train" | "val" | "test") =>
  itemsOf(assigned, split).map(({ id }) => id);

describe("splits", () => {
  it("keep the class balance, whatever the seed", () => {
    for (const seed of [1, 2, 3]) {
      const assigned = assignSplits(items(300), fractions, stream(seed));
      for (const label of [0, 1, 2]) {
        const count = (split: "train" | "val" | "test") =>
          itemsOf(assigned, split).filter((item) => item.label === label).length;
        expect([count("train"), count("val"), count("test")]).toEqual([60, 20, 20]);
      }
    }
    const first = idsOf(assignSplits(items(300), fractions, stream(1)), "train");
    expect(idsOf(assignSplits(items(300), fractions, stream(1)), "train")).toEqual(first);
    expect(idsOf(assignSplits(items(300), fractions, stream(2)), "train")).not.toEqual(first);
  });

  it("do not depend on the order of files", () => {
    const forward = assignSplits(items(90), fractions, stream(1));
    const backward = assignSplits(items(90).reverse(), fractions, stream(1));
    expect(idsOf(backward, "val").sort()).toEqual(idsOf(forward, "val").sort());
  });

  it("leave an official test split alone when no test fraction is asked for", () => {
    const given = items(100, (i) => ({ split: i < 40 ? "test" : "train" }));
    const assigned = assignSplits(given, { kind: "fractions", train: 0.9, val: 0.1, test: 0 }, stream(1));
    expect(idsOf(assigned, "test")).toEqual(given.slice(0, 40).map(({ id }) => id));
    expect(idsOf(assigned, "val")).toHaveLength(6);
  });

  it("never break a group, and come near the fractions", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), fc.integer(), (groups, seed) => {
        const given = items(400, (i) => ({ group: `p${i % groups}` }));
        const assigned = assignSplits(given, { ...fractions, by: "patient" }, stream(seed));
        const sides = new Map<string, Set<string>>();
        for (const { group = "", split } of assigned)
          sides.set(group, (sides.get(group) ?? new Set()).add(split ?? "none"));
        for (const splits of sides.values()) expect(splits.size).toBe(1);
        const train = idsOf(assigned, "train").length;
        expect(Math.abs(train - 240)).toBeLessThanOrEqual(400 / groups);
      }),
      { numRuns: 25 },
    );
  });

  it("refuse groups where there are none", () => {
    expect(() => assignSplits(items(3), { ...fractions, by: "patient" }, stream(1))).toThrow(/names no patient/);
  });
});
