import { describe, expect, it } from "vitest";
import type { CheckpointInterval } from "../../../src/compiler/study.js";
import { Pace } from "../../../src/runtime/train/pace.js";

const length = { trainImages: 320, batch: 32, dropLast: true };

function pace(interval: CheckpointInterval, step = 0) {
  const clock = { ms: 0 };
  return { clock, pace: new Pace(interval, { ...length, step }, () => clock.ms) };
}
const dueSteps = (one: Pace, from: number, to: number): number[] => {
  const due: number[] = [];
  for (let step = from; step <= to; step++) {
    if (!one.isDue(step)) continue;
    due.push(step);
    one.wrote(step, 1e9);
  }
  return due;
};

describe("checkpoints", () => {
  it("every so many steps fall on their multiples, wherever a training resumed and whatever they cost", () => {
    expect(dueSteps(pace({ value: 4, unit: "steps" }).pace, 1, 13)).toEqual([4, 8, 12]);
    expect(dueSteps(pace({ value: 4, unit: "steps" }, 6).pace, 6, 13)).toEqual([8, 12]);
    expect(dueSteps(pace({ value: 0.5, unit: "epochs" }).pace, 1, 13)).toEqual([5, 10]);
    expect(dueSteps(pace({ value: 64, unit: "images" }).pace, 1, 5)).toEqual([2, 4]);
    expect(dueSteps(pace({ unit: "never" }).pace, 1, 100)).toEqual([]);
  });

  it("every so many seconds are due when these are over", () => {
    const { clock, pace: one } = pace({ value: 60, unit: "seconds" });
    clock.ms = 59_999;
    expect(one.isDue(1)).toBe(false);
    clock.ms = 60_000;
    expect(one.isDue(2)).toBe(true);
    one.wrote(2, 100);
    expect(one.isDue(3)).toBe(false);
    clock.ms = 120_000;
    expect(one.isDue(4)).toBe(true);
  });

  it("cost less than 2 % of the time, however dear each is", () => {
    for (const cost of [0, 100, 1_000, 5_000, 60_000]) {
      const { clock, pace: one } = pace({ value: 60, unit: "seconds" });
      let [spent, count] = [0, 0];
      for (let step = 1; clock.ms < 1e9; step++) {
        clock.ms += 500;
        if (!one.isDue(step)) continue;
        clock.ms += cost;
        one.wrote(step, cost);
        spent += cost;
        count += 1;
      }
      expect(spent / clock.ms).toBeLessThan(0.02);
      expect(count).toBeGreaterThan(100);
    }
  });
});
