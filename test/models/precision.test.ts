import { describe, expect, it } from "vitest";
import { buildStep } from "../../src/models/programs.js";
import { isHalf } from "../../src/program/half.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import { precisionState } from "../../src/program/training/precision.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import { expectClose } from "../support/compare.js";
import { describeAllEngines } from "../support/engines.js";
import { goldenTrainingState } from "../support/goldens.js";
import { expectAlike, mixedGoldens, precisionChoice, trainMixed } from "../support/mixed.js";

const reference = openReferenceEngine();
const cases = mixedGoldens.map((golden) => [golden.model.name, golden] as const);

/**
 * How far losses of five steps may be apart, relatively. bfloat16 has a unit of 2⁻⁸; what a loss of order one makes of
 * it in a few layers is some 2⁻⁹, and the two round in different places (autocast's list for the CPU differs from
 * ours), so 2⁻⁷ is allowed. float16 is eight times finer, but Adam's first steps have the size of the learning rate
 * however small a gradient is, so where a gradient is rounding alone the weights part all the same: 2⁻⁹.
 */
const TOLERANCE = { bf16: 2 ** -7, fp16: 2 ** -9 };

const mixed = cases.flatMap(([name, golden]) => (["bf16", "fp16"] as const).map((id) => [name, id, golden] as const));

describeAllEngines("a mixed step", (engine) => {
  it.each(mixed)(
    "of %s in %s follows PyTorch's autocast and strays from float32 as far",
    async (_, id, { model, runs }) => {
      const on = await engine();
      const run = await trainMixed(on, model, precisionChoice(id));
      expectAlike(run, runs[id], TOLERANCE[id]);
      expectAlike(run, runs.f32, TOLERANCE[id]);
      expect(run.losses).not.toEqual((await trainMixed(on, model, precisionChoice("f32"))).losses);
    },
  );

  it.each(mixed)("of %s in %s gives the same as in the interpreter", async (_, id, { model }) => {
    const a = await trainMixed(reference, model, precisionChoice(id));
    const b = await trainMixed(await engine(), model, precisionChoice(id));
    // sums in float32 and float64 round to different neighbours now and then, one unit of the half type apart
    a.losses.forEach((loss, i) => {
      expect(Math.abs(loss - (b.losses[i] ?? Number.NaN))).toBeLessThan(TOLERANCE[id]);
    });
    for (const [name, tensor] of a.state) {
      // Adam's steps are of size 1e-3 whatever the gradient's
      if (!name.startsWith("adam.") && !name.startsWith("amp.")) expectClose(b.state.get(name), tensor, 1e-2, name);
    }
  });
});

describe.each(cases)("a mixed step of %s", (_, { model }) => {
  it("in float32 is the step of a recipe that says nothing", () => {
    const options = { model: model.spec, batch: model.batch, task: "multiclass", clipNorm: 1 } as const;
    const optimizer = { id: "adam", version: 1, params: {} };
    const plain = buildStep({ ...options, optimizer });
    expect(buildStep({ ...options, optimizer, precision: precisionChoice("f32") })).toEqual(plain);
    expect(plain.operations.some(({ outputs }) => outputs.some(({ dtype }) => isHalf(dtype)))).toBe(false);
  });

  it("in bf16 casts every weight at most once, and what it updates stays float32", () => {
    const options = { model: model.spec, batch: model.batch, task: "multiclass", clipNorm: 1 } as const;
    const optimizer = { id: "adam", version: 1, params: {} };
    const program = buildStep({ ...options, optimizer, precision: precisionChoice("bf16") });
    expect(program.updates.every(({ value }) => value.dtype !== "bf16")).toBe(true);
    const casts = program.operations.filter(({ kind }) => kind === "cast").map(({ inputs }) => inputs[0]?.id);
    expect(new Set(casts).size).toBe(casts.length);
    const products = program.operations.filter(({ kind }) => kind === "matmul" || kind.startsWith("conv2d"));
    expect(products.length).toBeGreaterThan(5);
    for (const { inputs, outputs } of products) {
      expect([...inputs, ...outputs].every(({ dtype }) => dtype === "bf16")).toBe(true);
    }
  });
});

describeAllEngines("a step whose gradients overflow", (engine) => {
  it.each(cases)("leaves everything of %s but the scale as it was", async (_name, { model }) => {
    const { spec, batch, images, train } = model;
    if (train === null) throw new Error("no training");
    const precision = precisionChoice("fp16", { initial_scale: 2 ** 32, growth_interval: 2 });
    const program = buildStep({ model: spec, batch, ...train, precision });
    const session = await (await engine()).open({ programs: { step: program } });
    const initial = new Map([...goldenTrainingState(spec, train.optimizer), ...precisionState(precision)]);
    await session.load(initial);
    const run = (index: number) =>
      session.run("step", { x: images, y: train.labels, ...stepScalars(train.optimizer, index, 1e-3) });
    const first = await run(1);
    expect(first.skipped?.data[0]).toBe(1);
    expect(first.lossScale?.data[0]).toBe(2 ** 31);
    expect(Number.isFinite(first.loss?.data[0])).toBe(true);
    for (const [name, tensor] of await session.read()) {
      if (!name.startsWith("amp.")) expect([...tensor.data], name).toEqual([...(initial.get(name)?.data ?? [])]);
    }
    // halved until it fits, the step is the one that a fitting scale gives at once
    let fetched = first;
    for (let tries = 0; fetched.skipped?.data[0] === tries + 1 && tries < 40; tries++) fetched = await run(1);
    const scale = fetched.lossScale?.data[0] ?? 0;
    const trained = await session.read();
    await session.load(new Map([...initial, ["amp.loss_scale", { shape: [], data: Float32Array.of(scale) }]] as const));
    await run(1);
    for (const [name, tensor] of await session.read()) {
      if (!name.startsWith("amp.")) expect([...tensor.data], name).toEqual([...(trained.get(name)?.data ?? [])]);
    }
    await session.close();
  });
});
