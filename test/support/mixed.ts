/** Holds a training step in mixed precision, on any engine, against PyTorch's autocast (test/goldens/precision.py). */

import { expect } from "vitest";
import type { Choice } from "../../src/catalog/types.js";
import { buildStep } from "../../src/models/programs.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import { precisionState } from "../../src/program/training/precision.js";
import type { TensorData } from "../../src/program/types.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { goldenTrainingState, type ModelGolden, modelGoldens } from "./goldens.js";
import { asArray, asNumbers, asObject, asString, readJson } from "./json.js";

export type PrecisionId = "f32" | "bf16" | "fp16";
export interface Run {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly state: ReadonlyMap<string, TensorData>;
}
export interface MixedGolden {
  readonly model: ModelGolden;
  readonly runs: { readonly [P in PrecisionId]: Pick<Run, "losses" | "norms"> };
}

export const mixedGoldens: readonly MixedGolden[] = asArray(readJson("models/golden/precision.golden.json")).flatMap(
  (value) => {
    const golden = asObject(value);
    const model = modelGoldens.find(({ name }) => name === asString(golden.name));
    const run = (precision: PrecisionId) => {
      const { losses, gradientNorms } = asObject(golden[precision]);
      return { losses: asNumbers(losses), norms: asNumbers(gradientNorms) };
    };
    return model === undefined ? [] : [{ model, runs: { f32: run("f32"), bf16: run("bf16"), fp16: run("fp16") } }];
  },
);

export const precisionChoice = (id: PrecisionId, params: Choice["params"] = {}): Choice => ({ id, version: 1, params });

/** Five steps of Adam at 1e-3, clipped at 1, as precision.py takes them. */
export async function trainMixed(engine: Engine, model: ModelGolden, precision: Choice): Promise<Run> {
  const { spec, batch, images, train } = model;
  if (train === null) throw new Error(`${model.name} has no training`);
  const step = buildStep({ model: spec, batch, ...train, precision });
  const session = await engine.open({ programs: { step } });
  await session.load(new Map([...goldenTrainingState(spec, train.optimizer), ...precisionState(precision)]));
  const [losses, norms]: [number[], number[]] = [[], []];
  let skipped = 0;
  for (let index = 1; index <= 5; index++) {
    const feeds = { x: images, y: train.labels, ...stepScalars(train.optimizer, index - skipped, 1e-3) };
    const fetched = await session.run("step", feeds);
    losses.push(fetched.loss?.data[0] ?? Number.NaN);
    norms.push(fetched.gradientNorm?.data[0] ?? Number.NaN);
    skipped = fetched.skipped?.data[0] ?? 0;
  }
  const state = await session.read();
  await session.close();
  return { losses, norms, state };
}

/** Every loss within `tolerance` of the others', relatively; norms within ten times that. */
export function expectAlike(run: Pick<Run, "losses" | "norms">, other: MixedGolden["runs"]["f32"], tolerance: number) {
  const far = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value / (b[i] ?? Number.NaN) - 1)));
  expect(far(run.losses, other.losses)).toBeLessThan(tolerance);
  expect(far(run.norms, other.norms)).toBeLessThan(10 * tolerance);
}
