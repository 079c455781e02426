/** Two threads share a step's work in a fixed way: the same bytes every time. */

import { expect, it } from "vitest";
import { buildStep } from "../../../src/models/programs.js";
import { stepScalars } from "../../../src/program/training/optimizer.js";
import { describeEngines } from "../../support/engines.js";
import { goldenTrainingState, modelGoldens } from "../../support/goldens.js";

describeEngines(
  "on two threads, a training step",
  (engine) => {
    it.each(
      modelGoldens.flatMap((golden) =>
        golden.cost === "quick" && golden.train !== null ? [[golden.name, golden] as const] : [],
      ),
    )("of %s gives the same bytes every time", async (_, golden) => {
      const { spec, batch, images, train } = golden;
      if (train === null) throw new Error("no training");
      const step = buildStep({ model: spec, batch, ...train });
      const results: unknown[] = [];
      for (let time = 0; time < 4; time++) {
        const session = await (await engine()).open({ programs: { step } });
        await session.load(goldenTrainingState(spec, train.optimizer));
        for (let index = 1; index <= 3; index++) {
          await session.run("step", { x: images, y: train.labels, ...stepScalars(train.optimizer, index, train.lr) });
        }
        results.push(await session.read());
        await session.close();
      }
      for (const again of results.slice(1)) expect(again).toEqual(results[0]);
    });
  },
  { threads: 2 },
);
