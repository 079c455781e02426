import { describe, expect, test } from "vitest";
import { checkSteps, resolveDuration, stepsPerEpoch } from "../../../src/compiler/plan/steps.js";
import fc from "../../support/properties.js";

const at = (trainImages: number, batch: number, dropLast = true) => ({ trainImages, batch, dropLast });
const steps = (value: number) => ({ value, unit: "steps" as const });
const epochs = (value: number) => ({ value, unit: "epochs" as const });

describe("durations in steps", () => {
  test("an epoch drops its partial batch, or keeps it", () => {
    expect(stepsPerEpoch(at(2563, 64))).toBe(40);
    expect(stepsPerEpoch(at(2563, 64, false))).toBe(41);
    expect(stepsPerEpoch(at(26, 64))).toBe(0);
  });

  test("epochs round to the nearest step, images up to a whole batch", () => {
    expect(resolveDuration(epochs(0.5), at(2563, 64))).toBe(20);
    expect(resolveDuration(epochs(50), at(26, 64))).toBe(0);
    expect(resolveDuration({ value: 100, unit: "images" }, at(2563, 64))).toBe(2);
    expect(resolveDuration({ value: 3, unit: "checks" }, at(2563, 64), epochs(0.5))).toBe(60);
    expect(() => resolveDuration({ value: 3, unit: "checks" }, at(2563, 64))).toThrow(RangeError);
  });
});

describe("checks", () => {
  test("the k-th falls at round(k · every), without the drift of rounding `every` first", () => {
    // 7 steps an epoch: a check every half epoch is every 3.5 steps
    expect(checkSteps(21, epochs(0.5), at(7 * 64, 64))).toEqual([4, 7, 11, 14, 18, 21]);
    expect(checkSteps(120, steps(30), at(100, 32))).toEqual([30, 60, 90, 120]);
  });

  test("the end of training is always one", () => {
    expect(checkSteps(100, steps(30), at(100, 32))).toEqual([30, 60, 90, 100]);
    expect(checkSteps(5, steps(30), at(100, 32))).toEqual([5]);
    expect(checkSteps(0, steps(30), at(100, 32))).toEqual([]);
    expect(checkSteps(4, epochs(1), at(10, 32))).toEqual([4]);
  });

  test("ascending, within training, never twice at one step, whatever the interval", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
        fc.constantFrom("steps" as const, "epochs" as const, "images" as const),
        (total, value, unit) => {
          const checks = checkSteps(total, { value, unit }, at(640, 64));
          expect(checks.at(-1)).toBe(total);
          expect(checks).toEqual([...new Set(checks)].sort((a, b) => a - b));
          expect(checks.every((step) => step >= 1 && Number.isInteger(step))).toBe(true);
        },
      ),
    );
  });
});
