/** Subgroups and intervals: who is in them, and what a resample is made of. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrap } from "../../../src/runtime/probes/bootstrap.js";
import { groupCases } from "../../../src/runtime/probes/groups.js";
import { chooseThreshold, predictionsOf, score, selectCases } from "../../../src/runtime/probes/metric.js";
import { metricOfCases } from "../../../src/runtime/probes/resample.js";

const stream = { seed: 1, purpose: "bootstrap", repeat: 0, about: [] } as const;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("subgroups", () => {
  it("are bands from each edge up to the next, the last with its upper end", () => {
    const { groups, warnings } = groupCases(
      { column: "age", edges: [0, 40, 60, 80] },
      [0, 39, 40, 59.5, 60, 80, 81, null, -1],
      1,
    );
    expect(groups).toEqual([
      { attribute: "age", group: "[0, 40)", members: [0, 1] },
      { attribute: "age", group: "[40, 60)", members: [2, 3] },
      { attribute: "age", group: "[60, 80]", members: [4, 5] },
    ]);
    expect(warnings).toEqual(["age: 1 case without a value", "age: 2 cases outside the bands"]);
  });

  it("leave out who is too few, and say so; numbers come in their order", () => {
    const { groups, warnings } = groupCases({ column: "site" }, ["10", "9", "10", "9", "2"], 2);
    expect(groups.map(({ group }) => group)).toEqual(["9", "10"]);
    expect(warnings).toEqual(["site 2: 1 case, fewer than 2"]);
  });
});

describe("the bootstrap", () => {
  const singles = (n: number) => Array.from({ length: n }, (_, i) => [i]);

  it("of a mean is what theory says", () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(i * 12.9898) * 2);
    const sd = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const { low, high } = bootstrap({ units: singles(400), resamples: 2000, stream }, (cases) =>
      mean(cases.map((i) => values[i] as number)),
    );
    const half = (1.96 * sd) / 20;
    expect(low).toBeCloseTo(mean(values) - half, 1);
    expect(high).toBeCloseTo(mean(values) + half, 1);
    expect((high - low) / (2 * half)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * half)).toBeLessThan(1.1);
  });

  it("draws whole groups: with ten images of each patient the interval is some √10 wider", () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(Math.floor(i / 10) * 78.233));
    const number = (cases: readonly number[]) => mean(cases.map((i) => values[i] as number));
    const patients = Array.from({ length: 40 }, (_, p) => Array.from({ length: 10 }, (__, i) => p * 10 + i));
    const byCase = bootstrap({ units: singles(400), resamples: 1000, stream }, number);
    const byPatient = bootstrap({ units: patients, resamples: 1000, stream }, number);
    const ratio = (byPatient.high - byPatient.low) / (byCase.high - byCase.low);
    expect(ratio).toBeGreaterThan(2.5);
    expect(ratio).toBeLessThan(4);
  });

  it("is the same every time, draws as many units as there are, and shares its draws between states", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer(), (n, seed) => {
        const seen: (readonly number[])[] = [];
        const of = { units: singles(n), resamples: 100, stream: { ...stream, seed } };
        const keep = (cases: readonly number[]) => {
          seen.push(cases);
          return mean(cases);
        };
        expect(bootstrap(of, keep)).toEqual(bootstrap(of, keep));
        expect(seen.slice(0, 100)).toEqual(seen.slice(100));
        for (const cases of seen) expect(cases).toHaveLength(n);
      }),
      { numRuns: 20 },
    );
  });

  it("has no interval where most resamples have no number", () => {
    const { low, high } = bootstrap({ units: singles(4), resamples: 200, stream }, () => Number.NaN);
    expect([low, high]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe("a metric of resamples", () => {
  it("is to the bit the metric of the cases they name", () => {
    const arbitrary = fc.integer({ min: 1, max: 40 }).chain((n) =>
      fc.record({
        logits: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2 * n, maxLength: 2 * n }),
        labels: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: n, maxLength: n }),
        cases: fc.array(fc.integer({ min: 0, max: n - 1 }), { minLength: 1, maxLength: 60 }),
      }),
    );
    fc.assert(
      fc.property(arbitrary, ({ logits, labels, cases }) => {
        const predictions = predictionsOf(Float32Array.from(logits), Int32Array.from(labels), 2, "binary");
        for (const metric of ["roc_auc", "top1", "sensitivity", "average_precision"]) {
          const wanted = score(metric, selectCases(predictions, cases));
          expect(metricOfCases(metric, predictions)(cases)).toBe(wanted);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("scores at a threshold", () => {
  const logits = Float32Array.from([2, -2, 1, -1, -1, 1, -2, 2]);
  const predictions = predictionsOf(logits, Int32Array.from([0, 1, 0, 1]), 2, "binary");

  it("take the probability of the second class", () => {
    // of the second class: 0.018, 0.119, 0.881, 0.982
    expect(score("sensitivity", predictions)).toBe(0.5);
    expect(score("specificity", predictions)).toBe(0.5);
    expect(score("sensitivity", predictions, 0.1)).toBe(1);
    expect(score("specificity", predictions, 0.95)).toBe(1);
    expect(chooseThreshold(predictions)).toBeCloseTo(0.982, 3);
  });

  it("can be of some cases, as often as wanted", () => {
    const some = selectCases(predictions, [3, 3, 0]);
    expect([...some.labels]).toEqual([1, 1, 0]);
    expect(score("top1", some)).toBe(1);
    expect(score("roc_auc", some)).toBe(1);
  });
});
