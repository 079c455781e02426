/** Numbers of pairs of repeats: ids, summaries, intervals. */

import { describe, expect, it } from "vitest";
import { overReplicates, overSome } from "../../../src/runtime/results/over-replicates.js";
import { summarizePairs } from "../../../src/runtime/results/pairs.js";
import {
  replicateId,
  replicateOf,
  replicateOfRow,
  summarizeReplicates,
} from "../../../src/runtime/results/replicates.js";
import { type PointValue, summarizePoint } from "../../../src/runtime/results/series.js";
import fc from "../../support/properties.js";

const pairsOf = (repeats: number, value: (i: number, j: number) => number) => {
  const pairs: { first: string; second: string; value: number }[] = [];
  for (let i = 1; i <= repeats; i++) {
    for (let j = i + 1; j <= repeats; j++) pairs.push({ first: `${i}`, second: `${j}`, value: value(i, j) });
  }
  return pairs;
};
const each = (repeats: number, value: (i: number, j: number) => number): PointValue => ({
  kind: "each",
  observations: new Map(
    pairsOf(repeats, value).map(({ first, second, value: number }) => [
      `${first}~${second}`,
      { value: number, identity: `node ${first}` },
    ]),
  ),
});

describe("pairs of repeats", () => {
  it("have an id that says both, with a fold or without", () => {
    for (const replicate of [
      { fold: undefined, repeat: "1", other: "3" },
      { fold: "2", repeat: "1", other: "3" },
    ]) {
      expect(replicateOf(replicateId(replicate))).toEqual(replicate);
    }
    expect(replicateOf("2")).toEqual({ fold: undefined, repeat: "2" });
    expect(replicateOfRow({ axes: { other_repeat: 3 }, repeat: 1 })).toBe("1~3");
    expect(replicateOfRow({ axes: { other_repeat: 3, fold: 2 }, repeat: 1 })).toBe("2/1~3");
  });

  it("are summarized over pairs, with no interval below three repeats", () => {
    expect(summarizePairs(pairsOf(2, () => 0.4))).toMatchObject({ mean: 0.4, n: 1, low: Number.NaN });
    const three = summarizePairs(pairsOf(3, (i, j) => i + j));
    expect(three).toMatchObject({ mean: 4, sd: 1, n: 3 });
    expect(three.low).toBeLessThanOrEqual(4);
    expect(three.high).toBeGreaterThanOrEqual(4);
  });

  it("draw repeats: an interval moves and scales with the numbers, and lies within them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 7 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 21, maxLength: 21 }),
        (repeats, numbers) => {
          const value = (i: number, j: number) => numbers[(i * 7 + j) % numbers.length] ?? 0;
          const { low, high, mean } = summarizePairs(pairsOf(repeats, value));
          const moved = summarizePairs(pairsOf(repeats, (i, j) => 3 + 2 * value(i, j)));
          expect(moved.low).toBeCloseTo(3 + 2 * low, 9);
          expect(moved.high).toBeCloseTo(3 + 2 * high, 9);
          const values = pairsOf(repeats, value).map((pair) => pair.value);
          expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
          expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
          expect(low).toBeLessThanOrEqual(high);
          expect(mean).toBeCloseTo(values.reduce((sum, each) => sum + each, 0) / values.length, 12);
        },
      ),
    );
  });

  it("make a wider interval than as many independent numbers where one repeat is apart from the rest", () => {
    const value = (i: number) => (i === 1 ? 1 : 0);
    const pairs = pairsOf(6, (i) => value(i));
    const drawn = summarizePairs(pairs);
    const independent = summarizeReplicates(new Map(pairs.map(({ value: number }, index) => [`${index}`, number])));
    expect(drawn.high - drawn.low).toBeGreaterThan(independent.high - independent.low);
  });

  it("count every pair, though the first state of several is one", () => {
    expect(summarizePoint(each(4, () => 0.5)).n).toBe(6);
  });

  it("are left out by repeat in the interval of their mean, and reduce over repeats to one number", () => {
    const pooled = summarizePoint(
      overReplicates(
        "mean",
        each(4, (i, j) => i * j),
      ),
    );
    expect(pooled.n).toBe(4);
    expect(pooled.low).toBeLessThan(pooled.high);
    const reduced = overSome(
      "max",
      "repeat",
      each(4, (i, j) => i * j),
    );
    expect(reduced.kind === "each" && [...reduced.observations.values()].map(({ value }) => value)).toEqual([12]);
  });
});
