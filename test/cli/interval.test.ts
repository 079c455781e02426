import { describe, expect, it } from "vitest";
import { parseInterval, parseTime } from "../../src/cli/interval.js";

describe("a time as typed", () => {
  it.each([
    ["90s", 90],
    ["55m", 3300],
    ["1h30m", 5400],
    ["1.5s", 1.5],
    ["1h1m1s", 3661],
  ])("%s is %d seconds", (word, seconds) => expect(parseTime(word)).toBe(seconds));

  it.each(["", "5", "m", "5 m", "-5m", "0s", "5d", "1e3s", "5mm5"])("%j is none", (word) => {
    expect(parseTime(word)).toBeUndefined();
    if (word !== "") expect(parseInterval(word)).toBeUndefined();
  });
});

it("an interval is a time, steps or never", () => {
  expect(parseInterval("30s")).toEqual({ value: 30, unit: "seconds" });
  expect(parseInterval("500steps")).toEqual({ value: 500, unit: "steps" });
  expect(parseInterval("never")).toEqual({ unit: "never" });
  expect(parseInterval("0steps")).toBeUndefined();
  expect(parseInterval(undefined)).toBeUndefined();
});
