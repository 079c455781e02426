/** A batch in pieces is the batch: PyTorch's five steps, whole or a few images at a time. */

import { describe, expect, it } from "vitest";
import { buildAccumulate, buildApply, entangles, gradientState, isGradientState } from "../../src/models/accumulate.js";
import { buildStep } from "../../src/models/programs.js";
import { isHalf } from "../../src/program/half.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import { precisionState } from "../../src/program/training/precision.js";
import type { TensorData } from "../../src/program/types.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { expectClose } from "../support/compare.js";
import { describeAllEngines } from "../support/engines.js";
import { expectSampled, goldenTrainingState, type ModelGolden, modelGoldens } from "../support/goldens.js";
import { precisionChoice } from "../support/mixed.js";

const [tokens, resnet] = ["tokens", "basic"].map((wanted) => {
  const golden = modelGoldens.find(({ name }) => name === wanted);
  if (golden === undefined || golden.train === null) throw new Error(`no golden ${wanted}`);
  return { ...golden, train: golden.train };
}) as [Trainable, Trainable];
type Trainable = ModelGolden & { readonly train: NonNullable<ModelGolden["train"]> };

const zeros = new Map<string, TensorData>(
  gradientState(tokens.spec).map(({ name, shape }) => {
    return [name, { shape, data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)) }];
  }),
);

function rows({ shape, data }: TensorData, from: number, to: number): TensorData {
  const width = data.length / (shape[0] ?? 1);
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * width, to * width) };
}

/** Steps over the golden batch, in pieces of these sizes. */
async function train(engine: Engine, sizes: readonly number[], precision = precisionChoice("f32")) {
  const { spec, train, images, batch } = tokens;
  const options = { model: spec, ...train, precision };
  const programs = { apply: buildApply(options) };
  for (const size of sizes) Object.assign(programs, { [`piece${size}`]: buildAccumulate({ ...options, batch: size }) });
  const session = await engine.open({ programs });
  await session.load(new Map([...goldenTrainingState(spec, train.optimizer), ...precisionState(precision), ...zeros]));
  const [losses, norms]: [number[], number[]] = [[], []];
  let skipped = 0;
  for (let step = 1; step <= train.steps; step++) {
    let [loss, from] = [0, 0];
    for (const size of sizes) {
      const share = { shape: [], data: Float32Array.of(size / batch) };
      const piece = { x: rows(images, from, from + size), y: rows(train.labels, from, from + size), share };
      loss += (await session.run(`piece${size}`, piece)).loss?.data[0] ?? Number.NaN;
      from += size;
    }
    const fetched = await session.run("apply", stepScalars(train.optimizer, step - skipped, train.lr));
    losses.push(loss);
    norms.push(fetched.gradientNorm?.data[0] ?? Number.NaN);
    skipped = fetched.skipped?.data[0] ?? 0;
  }
  const state = await session.read();
  await session.close();
  return { losses, norms, state, skipped };
}

describeAllEngines("five steps in pieces", (engine) => {
  it.each([[[1, 1, 1, 1]], [[2, 2]], [[3, 1]], [[4]]])("of %j images follow PyTorch's", async (sizes) => {
    const on = await engine();
    const { losses, norms, state } = await train(on, sizes);
    // A key's bias has no gradient but rounding, of which Adam makes whole steps.
    const tolerance = on.id === "reference" ? 1e-4 : 1e-2;
    const golden = tokens.train;
    losses.forEach((loss, i) => {
      expect(loss, `loss of step ${i + 1}`).toBeCloseTo(golden.losses[i] ?? Number.NaN, 5);
    });
    norms.forEach((norm, i) => {
      expect(norm, `gradient norm of step ${i + 1}`).toBeCloseTo(golden.gradientNorms[i] ?? Number.NaN, 4);
    });
    for (const [name, tensor] of golden.after) expectSampled(state.get(name), tensor, tolerance, name);
    for (const [name, { data }] of state) if (isGradientState(name)) expect(data.every((x) => x === 0)).toBe(true);
  });

  it("give the same bits every time", async () => {
    expect(await train(await engine(), [2, 2])).toEqual(await train(await engine(), [2, 2]));
  });

  it("skip a step whose gradients overflow, and leave nothing of them", async () => {
    const { state, skipped, losses } = await train(
      await engine(),
      [2, 2],
      precisionChoice("fp16", { initial_scale: 2 ** 32, growth_interval: 9 }),
    );
    expect(skipped).toBe(5);
    expect(losses.every(Number.isFinite)).toBe(true);
    const before = goldenTrainingState(tokens.spec, tokens.train.optimizer);
    for (const [name, tensor] of before) expect(state.get(name), name).toEqual(tensor);
    for (const [name, { data }] of state) if (isGradientState(name)) expect(data.every((x) => x === 0)).toBe(true);
  });

  it.each(["bf16", "fp16"] as const)("stay near the whole batch's in %s", async (id) => {
    const whole = await train(await engine(), [4], precisionChoice(id, id === "fp16" ? { initial_scale: 1024 } : {}));
    const parts = await train(
      await engine(),
      [2, 2],
      precisionChoice(id, id === "fp16" ? { initial_scale: 1024 } : {}),
    );
    expect(parts.losses).not.toEqual(whole.losses);
    parts.losses.forEach((loss, i) => {
      expect(Math.abs(loss - (whole.losses[i] ?? Number.NaN))).toBeLessThan(2 ** -7);
    });
  });
});

describe("a model", () => {
  it("of layer norms can be taken in pieces, one of batch norms cannot, and says why", () => {
    expect(entangles(tokens.spec)).toBeUndefined();
    expect(entangles(resnet.spec)).toContain("batch normalization");
    const options = { model: resnet.spec, batch: 2, ...resnet.train };
    expect(() => buildAccumulate(options)).toThrow(/in pieces: batch normalization takes/);
  });

  it("adds its gradients up in float32, whatever it computes in", () => {
    const options = { model: tokens.spec, batch: 2, ...tokens.train, precision: precisionChoice("bf16") };
    const program = buildAccumulate(options);
    const made = new Map(program.operations.flatMap((each) => each.outputs.map(({ id }) => [id, each] as const)));
    const sums = program.updates.map(({ value }) => made.get(value.id));
    expect(sums).toHaveLength(gradientState(tokens.spec).length);
    for (const sum of sums) {
      expect(sum?.kind).toBe("add");
      expect(sum?.inputs.some(({ dtype }) => isHalf(dtype))).toBe(false);
    }
  });

  it("in one piece is a step, to the last bit but those of clipping", async () => {
    const { openReferenceEngine } = await import("../../src/runtime/engine/reference/index.js");
    const engine = openReferenceEngine();
    const { spec, train: recipe, images, batch } = tokens;
    const session = await engine.open({ programs: { step: buildStep({ model: spec, batch, ...recipe }) } });
    await session.load(goldenTrainingState(spec, recipe.optimizer));
    for (let step = 1; step <= recipe.steps; step++) {
      await session.run("step", { x: images, y: recipe.labels, ...stepScalars(recipe.optimizer, step, recipe.lr) });
    }
    const { state } = await train(engine, [4]);
    for (const [name, tensor] of await session.read()) expectClose(state.get(name), tensor, 1e-6, name);
  });
});
