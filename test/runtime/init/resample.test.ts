/** Positions resampled as timm does it (test/goldens/positions.py). */

import { describe, expect, it } from "vitest";
import { resamplePositions, resampleWindow } from "../../../src/runtime/init/resample.js";
import { asArray, asNumber, asNumbers, asObject, readJson } from "../../support/json.js";
import { uniform } from "../../support/numbers.js";

const golden = asObject(readJson("runtime", "init", "golden", "positions.golden.json"));
const cases = (name: string) =>
  asArray(golden[name]).map((value) => {
    const { data, ...sizes } = asObject(value);
    const numbers = Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, asNumber(size)]));
    const { from = 0, to = 0, ...more } = numbers;
    return { from, to, more, expected: asNumbers(data) };
  });

function expectClose(found: Float32Array | Int32Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((found[i] ?? Number.NaN) - value)).toBeLessThan(1e-5);
  });
}

describe("position embeddings", () => {
  it.each(cases("positions"))("from $from×$from to $to×$to patches", ({ from, to, more, expected }) => {
    const { tokens = 0, width = 0 } = more;
    const table = uniform(`positions ${from}`, [1, tokens + from * from, width], -1, 1);
    const found = resamplePositions(table, { tokens, from, to });
    expect(found.shape).toEqual([1, tokens + to * to, width]);
    expectClose(found.data, expected);
    expect(found.data.slice(0, tokens * width)).toEqual(table.data.slice(0, tokens * width));
  });
});

describe("relative positions", () => {
  it.each(cases("windows"))("from a window of $from to one of $to", ({ from, to, more, expected }) => {
    const { heads = 0 } = more;
    const table = uniform(`window ${from}`, [(2 * from - 1) ** 2, heads], -1, 1);
    const found = resampleWindow(table, { from, to });
    expect(found.shape).toEqual([(2 * to - 1) ** 2, heads]);
    expectClose(found.data, expected);
  });
});
