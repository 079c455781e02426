/** What a session leaves in TensorFlow, and the SavedModel it is made of. */

import { expect, it } from "vitest";
import { buildEvaluate, buildStep } from "../../../../src/models/programs.js";
import { stepScalars } from "../../../../src/program/training/optimizer.js";
import { loadBinding } from "../../../../src/runtime/engine/tensorflow/binding.js";
import { openTensorflowEngine } from "../../../../src/runtime/engine/tensorflow/index.js";
import { lowerBundle } from "../../../../src/runtime/engine/tensorflow/lower/index.js";
import { statesOf } from "../../../../src/runtime/engine/tensors.js";
import { goldenTrainingState, modelGoldens } from "../../../support/goldens.js";
import { describeTensorflow, tensorflow } from "../../../support/tensorflow.js";

const [golden] = modelGoldens;
if (golden?.train === undefined || golden.train === null) throw new Error("a golden with a training");
const { spec, batch, images, train } = golden;
const bundle = {
  programs: { step: buildStep({ model: spec, batch, ...train }), evaluate: buildEvaluate(spec, batch) },
};

describeTensorflow("a TensorFlow session", () => {
  it("leaves no tensor behind, however it is used, and no graph once it is closed", async () => {
    if (tensorflow === undefined) return;
    const engine = await openTensorflowEngine({ device: "cpu", threads: 1 });
    const binding = loadBinding(tensorflow, { threads: 1 });
    const [tensors, models] = [binding.getNumOfTensors(), binding.getNumOfSavedModels()];
    const session = await engine.open(bundle);
    await session.load(goldenTrainingState(spec, train.optimizer));
    for (let step = 1; step <= 20; step++) {
      await session.run("step", { x: images, y: train.labels, ...stepScalars(train.optimizer, step, train.lr) }, [
        "loss",
      ]);
      await session.run("evaluate", { x: images });
      await session.read();
    }
    await expect(session.run("evaluate", {})).rejects.toThrow(/needs the feed `x`/);
    expect(binding.getNumOfTensors()).toBe(tensors);
    await session.close();
    await session.close();
    expect(binding.getNumOfSavedModels()).toBe(models);
  });

  it("computes the same bits whatever is asked for", async () => {
    const engine = await openTensorflowEngine({ device: "cpu", threads: 1 });
    const losses = async (fetches?: readonly string[]) => {
      const session = await engine.open(bundle);
      await session.load(goldenTrainingState(spec, train.optimizer));
      for (let step = 1; step <= 3; step++) {
        const scalars = stepScalars(train.optimizer, step, train.lr);
        await session.run("step", { x: images, y: train.labels, ...scalars }, fetches);
      }
      const state = await session.read();
      await session.close();
      return state;
    };
    expect(await losses([])).toEqual(await losses());
  });
});

it("has filters and their moments in TensorFlow's order, and nothing that adds in an order of its own", () => {
  const { graph } = lowerBundle(bundle, statesOf(bundle), "cpu");
  const nodes = graph.build().node;
  expect(nodes.filter(({ op }) => op === "AddN")).toEqual([]);
  const turned = nodes.filter(({ op, name }) => op === "Transpose" && name.startsWith("step/"));
  // the images, and nothing a step would have to turn again each time
  expect(turned.length).toBeLessThanOrEqual(1);
  expect(nodes.filter(({ op }) => op === "ResourceApplyAdam").length).toBe(
    [...statesOf(bundle).keys()].filter((name) => name.startsWith("adam.m.")).length,
  );
});
