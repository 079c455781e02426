import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import type { Choice } from "../../../src/catalog/types.js";
import { HISTORY_PROBES } from "../../../src/runtime/probes/history.js";
import { cosineOfTurn, portableExp } from "../../../src/runtime/random/elementary.js";
import { Schedule, type ScheduleContext } from "../../../src/runtime/train/schedule.js";

const golden: { plateau: { metrics: number[]; rates: number[] } } = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden/transforms.golden.json"), "utf8"),
);
const context: ScheduleContext = {
  trainImages: 320,
  batch: 32,
  dropLast: true,
  totalSteps: 20,
  checkEvery: { value: 1, unit: "steps" },
  direction: "max",
  rate: 0.1,
};
const choice = (id: string, params: Choice["params"] = {}): Choice => ({ id, version: 1, params });
const warmup = choice("warmup", { duration: { value: 5, unit: "steps" }, from: 0.02 });
const rates = (choices: Choice[], steps = 20, change: Partial<ScheduleContext> = {}) => {
  const schedule = new Schedule(choices, { ...context, ...change });
  return Array.from({ length: steps }, (_, i) => schedule.rate(i + 1));
};
const close = (actual: number[], expected: number[]) => {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
};

describe("schedules", () => {
  it("are the catalogue's", () => {
    for (const { id } of entries("schedule")) {
      const params = id === "warmup" ? warmup.params : {};
      expect(() => new Schedule([choice(id, params)], context)).not.toThrow();
    }
    expect(() => new Schedule([choice("nothing")], context)).toThrow(/no schedule nothing/);
  });
  it("keep the optimizer's rate without one", () => close(rates([]), new Array(20).fill(0.1)));
  it("warm up from the first rate, and reach the optimizer's on the step after", () => {
    close(rates([warmup]), [0.02, 0.036, 0.052, 0.068, 0.084, 0.1, 0.1]);
    const epoch = choice("warmup", { duration: { value: 0.5, unit: "epochs" }, from: 0 });
    close(rates([epoch]), [0, 0.02, 0.04, 0.06, 0.08, 0.1]);
  });
  it("fall along half a cosine over what is left", () => {
    const all = rates([warmup, choice("cosine", { to: 0.01 })]);
    expect(all[5]).toBeCloseTo(0.1, 12);
    expect(all[12]).toBeCloseTo(0.01 + (0.09 * (1 + Math.cos(Math.PI / 2))) / 2, 12);
    expect(all[9]).toBeCloseTo(0.01 + (0.09 * (1 + Math.cos((4 * Math.PI) / 14))) / 2, 12);
    expect(all[19]).toBeCloseTo(0.01, 12);
  });
  it("drop on a plateau when torch does", () => {
    const { metrics, rates: expected } = golden.plateau;
    const plateau = choice("plateau", { factor: 0.1, patience: { value: 2, unit: "checks" }, min_lr: 1e-4 });
    const schedule = new Schedule([plateau], context);
    metrics.forEach((metric, i) => {
      schedule.checked(i + 1, metric);
      expect(schedule.rate(i + 2)).toBeCloseTo(expected[i] ?? Number.NaN, 12);
    });
  });
  it("count checks of a plateau from where it begins, and no number as no improvement", () => {
    const plateau = choice("plateau", { factor: 0.5, patience: { value: 1, unit: "checks" } });
    const schedule = new Schedule([warmup, plateau], { ...context, direction: "min" });
    for (let step = 1; step <= 5; step++) schedule.checked(step, 1);
    expect(schedule.rate(6)).toBe(0.1);
    schedule.checked(6, 0.5);
    schedule.checked(7, Number.NaN);
    expect(schedule.rate(8)).toBe(0.1);
    schedule.checked(8, 0.6);
    expect(schedule.rate(9)).toBe(0.05);
  });
});

describe("steps to a goal", () => {
  const checks = [
    { step: 10, value: 0.5 },
    { step: 20, value: 0.9 },
    { step: 30, value: 0.97 },
    { step: 40, value: 1 },
  ];
  const outcome = (list: typeof checks, metric: string, options: Choice["params"]) =>
    HISTORY_PROBES.steps_to?.({ checks: list, metric, batch: 16 }, options);
  const stepsTo = (...of: Parameters<typeof outcome>) => outcome(...of)?.value;
  it("are those of the first check that reaches it", () => {
    expect(stepsTo(checks, "top1", { share_of_best: 0.95, count: "images" })).toBe(480);
    expect(stepsTo(checks, "top1", { share_of_best: 0.95 })).toBe(30);
    expect(stepsTo(checks, "top1", { value: 0.9 })).toBe(20);
    expect(stepsTo(checks, "top1", {})).toBe(40);
    expect(stepsTo(checks, "log_loss", { share_of_best: 0.5 })).toBe(10);
    expect(stepsTo([...checks].reverse(), "log_loss", { value: 0.9 })).toBe(20);
  });
  it("are not known where it was not reached: more than the last check with a value", () => {
    const left = { value: Number.NaN, reason: "top1 did not reach 2 within 40 steps", above: 40 };
    expect(outcome(checks, "top1", { value: 2 })).toEqual(left);
    expect(outcome([...checks, { step: 50, value: Number.NaN }], "top1", { value: 2 })).toEqual(left);
    expect(outcome(checks, "top1", { value: 2, count: "images" })).toMatchObject({
      reason: "top1 did not reach 2 within 640 images",
      above: 640,
    });
  });
  it("are none where there is no goal to reach, which is no matter of time", () => {
    expect(outcome([], "top1", {})).toEqual({ value: Number.NaN, reason: "top1: no check has a value" });
    const below = [{ step: 10, value: -0.2 }];
    expect(outcome(below, "kappa", { share_of_best: 0.5 })).toEqual({
      value: Number.NaN,
      reason: "kappa: its best is below zero, and a share of that is no goal",
    });
    expect(stepsTo(below, "kappa", { share_of_best: 1 })).toBe(10);
  });
});

describe("portable arithmetic", () => {
  it("agrees with the built-in one", () => {
    for (const x of [-30, -1, -0.3, 0, 0.1, 1, 5, 100]) expect(portableExp(x) / Math.exp(x)).toBeCloseTo(1, 14);
    for (const t of [0, 0.1, 0.25, 0.5, 0.75, 1]) expect(cosineOfTurn(t)).toBeCloseTo(Math.cos(Math.PI * t), 14);
  });
});
