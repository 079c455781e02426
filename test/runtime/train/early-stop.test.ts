/** When a training stops early: by hand, by a reference written another way, and in trainings that are broken off. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entry, fillDefaults, names } from "../../../src/catalog/index.js";
import type { CatalogEntry, Choice } from "../../../src/catalog/types.js";
import type { OpParams } from "../../../src/compiler/plan/types.js";
import { type EngineId, openEngine } from "../../../src/runtime/engine/index.js";
import { EarlyStop, type StopContext } from "../../../src/runtime/train/early-stop.js";
import { type StageResult, trainStage } from "../../../src/runtime/train/loop.js";
import fc from "../../support/properties.js";
import { describeTensorflow } from "../../support/tensorflow.js";
import { tinyResnet, tinyVit } from "../ops/harness.js";
import { lively, printed, Trainings } from "./resuming.js";

const context: StopContext = {
  trainImages: 100,
  batch: 10,
  dropLast: true,
  checkEvery: { value: 1, unit: "epochs" },
  direction: "max",
};
const early = (patience: number, params: Choice["params"] = {}): Choice => ({
  id: "early",
  version: 1,
  params: {
    patience: { value: patience, unit: "checks" },
    min_delta: 0,
    after: { value: 0, unit: "steps" },
    ...params,
  },
});

/** Number of the check (from 1) after which it ends; undefined where it does not. Checks are ten steps apart. */
function endOf(stop: Choice, values: readonly number[], change: Partial<StopContext> = {}): number | undefined {
  const watch = new EarlyStop(stop, { ...context, ...change });
  for (const [i, value] of values.entries()) {
    watch.checked(10 * (i + 1), value);
    if (watch.reached) return i + 1;
  }
  return undefined;
}

describe("stop early", () => {
  it("is the catalogue's, beside never", () => {
    expect(names("stop")).toEqual(["never", "early"]);
  });
  it("ends at the check that is the patience-th in a row without an improvement", () => {
    const values = [0.1, 0.3, 0.2, 0.3, 0.4, 0.4, 0.39, 0.38, 0.9];
    expect(endOf(early(1), values)).toBe(3);
    expect(endOf(early(2), values)).toBe(4);
    expect(endOf(early(3), values)).toBe(8);
    expect(endOf(early(4), values)).toBeUndefined();
  });
  it("takes less for better where the metric says so", () => {
    const losses = [2, 1, 1.5, 0.9, 0.9, 0.95, 1];
    expect(endOf(early(3), losses, { direction: "min" })).toBe(7);
    expect(endOf(early(3), losses, { direction: "max" })).toBe(4);
  });
  it("takes for an improvement what is more than min_delta over the last one, creeping together included", () => {
    const creeping = [0.5, 0.54, 0.58, 0.62, 0.66, 0.7, 0.7, 0.7];
    expect(endOf(early(2, { min_delta: 0.05 }), creeping)).toBe(7);
    expect(endOf(early(1, { min_delta: 0.05 }), creeping)).toBe(2);
    // exactly min_delta is not more than it
    expect(endOf(early(1, { min_delta: 0.25 }), [0.5, 0.75])).toBe(2);
    expect(endOf(early(1, { min_delta: 0.25 }), [0.75, 0.5], { direction: "min" })).toBe(2);
  });
  it("counts a check that has no number, the first included", () => {
    expect(endOf(early(2), [Number.NaN, Number.NaN, 0.5])).toBe(2);
    expect(endOf(early(2), [Number.NaN, 0.5, Number.NaN, 0.6, 0.5, Number.NaN])).toBe(6);
  });
  it("counts no check up to `after`, but knows the best of them", () => {
    const values = [0.5, 0.4, 0.4, 0.4, 0.4, 0.4];
    expect(endOf(early(2), values)).toBe(3);
    expect(endOf(early(2, { after: { value: 30, unit: "steps" } }), values)).toBe(5);
    expect(endOf(early(2, { after: { value: 3, unit: "epochs" } }), values)).toBe(5);
    expect(endOf(early(2, { after: { value: 3, unit: "checks" } }), values)).toBe(5);
  });

  /** Without any state: the checks since the last that was an improvement. */
  function reference(values: readonly number[], patience: number, delta: number, sign: 1 | -1): number | undefined {
    for (let end = 1; end <= values.length; end++) {
      const seen = values.slice(0, end);
      let improvement = -1;
      seen.forEach((value, i) => {
        const before = seen[improvement];
        const better = before === undefined ? !Number.isNaN(value) : sign * value > sign * before + delta;
        if (better) improvement = i;
      });
      if (end - 1 - improvement >= patience) return end;
    }
    return undefined;
  }
  it("agrees with its definition", () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((n) => n / 16),
      fc.constant(Number.NaN),
    );
    const delta = fc.constantFrom(0, 1 / 16, 0.25);
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        delta,
        fc.boolean(),
        (values, patience, min_delta, up) => {
          const found = endOf(early(patience, { min_delta }), values, { direction: up ? "max" : "min" });
          expect(found).toBe(reference(values, patience, min_delta, up ? 1 : -1));
        },
      ),
    );
  });
  it("never ends before a training with more patience, or with a smaller min_delta", () => {
    const value = fc.integer({ min: 0, max: 40 }).map((n) => n / 32);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (values, patience) => {
        const end = endOf(early(patience), values) ?? Number.POSITIVE_INFINITY;
        expect(endOf(early(patience + 1), values) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(end);
      }),
    );
  });
  it("has the defaults that are written in the reference", () => {
    expect(fillDefaults(entry("stop", "early") as CatalogEntry)).toEqual(early(10));
  });
});

type Recipe = OpParams["train"]["recipe"];
const choice = (id: string, params: Recipe["optimizer"]["params"] = {}): Choice => ({ id, version: 1, params });
/** No accuracy rises by more than 1: the first check is the last improvement. Checks are after 2, 4, 6, 8 and 9 steps. */
const hopeless = early(2, { min_delta: 1 });

for (const id of ["onnx", "reference"] as const) {
  describe(`a training on ${id} that stops early`, { timeout: 240_000 }, () => stopping(id));
}
describeTensorflow("a training on tensorflow that stops early", () => stopping("tensorflow"));

function stopping(id: EngineId): void {
  let trainings: readonly Trainings[];
  let whole: Trainings;
  const keep: Recipe["keep"] = [{ value: 3, unit: "steps" }];
  beforeAll(async () => {
    const engine = await openEngine(id, { device: "cpu", threads: 1 });
    const averaged = { average: choice("ema", { decay: 0.7 }), unfreeze: { value: 2, unit: "steps" } } as const;
    whole = await Trainings.of(engine, lively(tinyResnet(10), { keep }));
    trainings = [
      await Trainings.of(engine, lively(tinyResnet(10), { keep, stop: hopeless })),
      ...(id === "reference"
        ? []
        : [await Trainings.of(engine, lively(tinyVit(10), { keep, stop: hopeless, ...averaged }))]),
    ];
  }, 120_000);
  afterAll(() => {
    for (const each of [whole, ...trainings]) each.close();
  });

  it("takes the steps that one without it takes, and fewer of them", async () => {
    const [{ result: full }, { result }] = [await whole.run({}), await (trainings[0] as Trainings).run({})];
    expect(full).toMatchObject({ steps: 9, budget: 9 });
    expect(result).toMatchObject({ steps: 6, budget: 9 });
    const [long, short] = [full, result].map((each) => JSON.parse(JSON.stringify(each?.history.json())));
    expect(short).toMatchObject({ stopped: { at: 6, of: 9 } });
    expect(long).not.toHaveProperty("stopped");
    expect(short.steps.loss).toEqual(long.steps.loss.slice(0, 6));
    expect(short.checks).toEqual(long.checks.slice(0, 3));
    expect(short.checks.map(({ step }: { step: number }) => step)).toEqual([2, 4, 6]);
  });

  it("ends with the same bits wherever it was broken off", async () => {
    for (const [index, training] of trainings.entries()) {
      const { result: unbroken, calls } = await training.run({});
      expect(unbroken?.steps).toBe(6);
      for (let at = 1; at < calls; at += index === 0 ? 1 : 3) {
        const work = training.partial(`early ${at}`);
        const until = { how: at % 2 === 0 ? "kill" : "stop", at } as const;
        expect((await training.run({ work, until })).result).toBeUndefined();
        expect(printed((await training.run({ work })).result), `${until.how} at call ${at}`).toEqual(printed(unbroken));
      }
    }
  });

  it("of a known share takes so many steps of the same schedule, without looking at a check", async () => {
    const training = trainings[0] as Trainings;
    const run = (share: number, val: boolean): Promise<StageResult> =>
      trainStage({
        ...training.given,
        val: val ? training.given.val : undefined,
        params: {
          ...training.params,
          recipe: { ...training.params.recipe, select: { kind: "last", every: { value: 2, unit: "steps" } } },
        },
        engine: training.engine,
        signal: new AbortController().signal,
        share,
        onProgress: () => undefined,
      });
    const { steps, budget, selectedStep, history } = await run(4 / 9, false);
    expect({ steps, budget, selectedStep }).toEqual({ steps: 4, budget: 9, selectedStep: 4 });
    expect(history.checks).toEqual([]);
    expect((await run(1e-9, false)).steps).toBe(1);
    expect((await run(1, false)).steps).toBe(9);
  });

  it("has images to watch, or says so", async () => {
    const training = trainings[0] as Trainings;
    const given = { ...training.given, val: undefined };
    const rest = { engine: training.engine, signal: new AbortController().signal, onProgress: () => undefined };
    await expect(trainStage({ ...given, ...rest, params: training.params })).rejects.toThrow(/no validation images/);
  });
}
