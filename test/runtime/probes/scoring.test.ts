/** Subgroups and intervals: who is in them, and what a resample is made of. */

import { describe, expect, it } from "vitest";
import { statistics } from "../../../src/analysis/index.js";
import { meanMetric } from "../../../src/analysis/metrics/mean-loss.js";
import { groupCases } from "../../../src/runtime/probes/groups.js";
import { measure, predictionsOf, rowsOf, score } from "../../../src/runtime/probes/metric.js";
import { chooseThresholds } from "../../../src/runtime/probes/threshold.js";
import { Stream } from "../../../src/runtime/random/stream.js";

const stream = new Stream({ seed: 1, purpose: "bootstrap", repeat: 0, about: [] });
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
  function interval(values: readonly number[], options: Parameters<typeof statistics.bootstrap>[2]) {
    const found = statistics.bootstrap(meanMetric(Float64Array.from(values)), stream, options);
    if (found.kind === "undefined") throw new Error(found.reason);
    return found;
  }

  it("of a mean is what theory says", () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(i * 12.9898) * 2);
    const sd = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const { low, high } = interval(values, { resamples: 2000 });
    const half = (1.96 * sd) / 20;
    expect(low).toBeCloseTo(mean(values) - half, 1);
    expect(high).toBeCloseTo(mean(values) + half, 1);
    expect((high - low) / (2 * half)).toBeGreaterThan(0.9);
    expect((high - low) / (2 * half)).toBeLessThan(1.1);
  });

  it("draws whole groups: with ten images of each patient the interval is some √10 wider", () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(Math.floor(i / 10) * 78.233));
    const groups = values.map((_, i) => `patient ${Math.floor(i / 10)}`);
    const [byCase, byPatient] = [interval(values, { resamples: 1000 }), interval(values, { resamples: 1000, groups })];
    const ratio = (byPatient.high - byPatient.low) / (byCase.high - byCase.low);
    expect(ratio).toBeGreaterThan(2.5);
    expect(ratio).toBeLessThan(4);
  });
});

describe("scores at a threshold", () => {
  const logits = Float32Array.from([2, -2, 1, -1, -1, 1, -2, 2]);
  const predictions = predictionsOf(logits, Int32Array.from([0, 1, 0, 1]), 2, "binary");

  it("take the probability of the second class", () => {
    // of the second class: 0.018, 0.119, 0.881, 0.982
    expect(score("sensitivity", predictions)).toBe(0.5);
    expect(score("specificity", predictions)).toBe(0.5);
    expect(measure("sensitivity", predictions, [0.1])).toMatchObject({ value: 1 });
    expect(measure("specificity", predictions, [0.95])).toMatchObject({ value: 1 });
    const chosen = chooseThresholds({ kind: "youden" }, predictions);
    expect(chosen).toMatchObject({ at: [expect.closeTo(0.982, 3)] });
  });

  it("can be of some cases, as often as wanted", () => {
    const some = rowsOf(predictions, [3, 3, 0]);
    expect([...some.labels]).toEqual([1, 1, 0]);
    expect(score("top1", some)).toBe(1);
    expect(score("roc_auc", some)).toBe(1);
  });
});
