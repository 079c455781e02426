/** Trainings of a part of a model, on every engine, against PyTorch and timm (test/goldens/recipes.py). */

import { expect, it } from "vitest";
import type { Choice } from "../../../src/catalog/types.js";
import type { OpParams } from "../../../src/compiler/plan/types.js";
import { buildEvaluate, buildStep } from "../../../src/models/programs.js";
import { traceModel } from "../../../src/models/trace.js";
import { trainedTensors } from "../../../src/models/trained.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { optimizerState, stepScalars } from "../../../src/program/training/optimizer.js";
import { Phases } from "../../../src/runtime/train/phases.js";
import { describeAllEngines } from "../../support/engines.js";
import { expectSampled, goldenState, type Sampled } from "../../support/goldens.js";
import { asArray, asNumber, asNumbers, asObject, asString, readJson } from "../../support/json.js";
import { below, uniform } from "../../support/numbers.js";

const STEPS = 5;

const cases = asArray(readJson("models/golden/recipes.golden.json")).map((value) => {
  const golden = asObject(value);
  const [spec, of] = [golden.spec as unknown as ModelSpec, asString(golden.of)];
  const batch = asNumber(golden.batch);
  const frozen = asArray(golden.frozen).map(asString);
  return {
    name: asString(golden.name),
    options: {
      model: spec,
      batch,
      task: "multiclass" as const,
      optimizer: golden.optimizer as unknown as Choice,
      clipNorm: golden.clipNorm === null ? null : asNumber(golden.clipNorm),
      frozen,
      ...(golden.layerDecay === null ? {} : { layerDecay: asNumber(golden.layerDecay) }),
    },
    thaw: golden.thaw === null ? undefined : asNumber(golden.thaw),
    lr: asNumber(golden.lr),
    losses: asNumbers(golden.losses),
    norms: asNumbers(golden.gradientNorms),
    after: golden.after as unknown as { readonly [name: string]: Sampled },
    x: uniform(`${of} x`, [batch, spec.channels, spec.size, spec.size], -1.7, 1.7),
    y: below(`${of} y`, [batch], spec.classes),
  };
});

function phasesOf({ options, thaw }: (typeof cases)[number]): Phases {
  const steps = (value: number) => ({ value, unit: "steps" as const });
  const recipe = {
    duration: steps(STEPS),
    select: { every: steps(1) },
    frozen: options.frozen,
    ...(thaw === undefined ? {} : { unfreeze: steps(thaw) }),
  };
  const params = { model: options.model, recipe } as unknown as OpParams["train"];
  return new Phases({ params }, { trainImages: options.batch, batch: options.batch, dropLast: true });
}

describeAllEngines("training a part of a model", (engine) => {
  it.each(cases.map((each) => [each.name, each] as const))("follows PyTorch: %s", async (_, golden) => {
    const { options, lr, losses, norms, after, x, y } = golden;
    const phases = phasesOf(golden);
    const of = (phase: number | undefined) => (phase === undefined ? options : { ...options, thawed: phase });
    const programs = phases.all.map((phase) => [`step@${phase}`, buildStep(of(phase))] as const);
    const evaluate = buildEvaluate(options.model, options.batch);
    const session = await (await engine()).open({
      programs: { ...Object.fromEntries(programs.toReversed()), evaluate },
    });
    const start = goldenState(options.model);
    const trained = trainedTensors(traceModel(options.model), options);
    for (const { name, shape } of optimizerState(options.optimizer, trained)) {
      start.set(name, { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) });
    }
    await session.load(start);
    for (let step = 1; step <= STEPS; step++) {
      const scalars = stepScalars(options.optimizer, step, lr, phases.later(step));
      const { loss, gradientNorm } = await session.run(`step@${phases.at(step)}`, { x, y, ...scalars });
      expect(Math.abs((loss?.data[0] ?? Number.NaN) - (losses[step - 1] ?? 0)), `loss ${step}`).toBeLessThan(1e-3);
      const norm = norms[step - 1] ?? Number.NaN;
      expect(Math.abs((gradientNorm?.data[0] ?? Number.NaN) - norm) / norm, `norm ${step}`).toBeLessThan(1e-2);
    }
    const state = await session.read();
    await session.close();
    for (const [name, tensor] of Object.entries(after)) expectSampled(state.get(name), tensor, 1e-2, name);
    for (const name of options.frozen) {
      expect(bytesOf(state.get(name)?.data), name).toEqual(bytesOf(start.get(name)?.data));
    }
  });
});

function bytesOf(data: Float32Array | Int32Array = new Float32Array(0)): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
