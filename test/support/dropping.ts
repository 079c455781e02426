/** Holds a training with dropout, on any engine, against timm's under the same draws. */

import { expect } from "vitest";
import { buildStep } from "../../src/models/programs.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { type DroppingGolden, expectSampled, goldenTrainingState } from "./goldens.js";

/** @param tolerance of losses; norms and states are held to ten times that, relatively */
export async function expectDropping(engine: Engine, golden: DroppingGolden, tolerance: number): Promise<void> {
  const { spec, batch, train, images, draws } = golden;
  const program = buildStep({ model: spec, batch, ...train });
  const session = await engine.open({ programs: { step: program } });
  await session.load(goldenTrainingState(spec, train.optimizer));
  for (let index = 1; index <= train.steps; index++) {
    const scalars = stepScalars(train.optimizer, index, train.lr);
    const feeds = { x: images, y: train.labels, draws: draws(index), ...scalars };
    const { loss, gradientNorm } = await session.run("step", feeds);
    expect(Math.abs((loss?.data[0] ?? Number.NaN) - (train.losses[index - 1] ?? 0))).toBeLessThan(tolerance);
    const norm = train.gradientNorms[index - 1] ?? 0;
    expect(Math.abs((gradientNorm?.data[0] ?? Number.NaN) / norm - 1)).toBeLessThan(10 * tolerance);
  }
  const state = await session.read();
  await session.close();
  for (const [name, tensor] of train.after) expectSampled(state.get(name), tensor, 10 * tolerance, name);
}
