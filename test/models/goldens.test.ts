import { describe, expect, it } from "vitest";
import { buildEvaluate, buildFeatures, buildStep, tapNames } from "../../src/models/programs.js";
import { traceModel } from "../../src/models/trace.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import {
  expectSampled,
  goldenState,
  goldenTrainingState,
  type ModelGolden,
  modelGoldens,
  type TrainGolden,
} from "../support/goldens.js";

const engine = openReferenceEngine();
/** The others are left to the engines that are quick enough. */
const IN_SECONDS = new Set(["resnet18", "deit_tiny", "inception", "inception_fid"]);
const forwards = modelGoldens.filter(({ name, cost }) => cost === "quick" || IN_SECONDS.has(name));
const trainings = modelGoldens.flatMap((golden) =>
  (golden.cost === "quick" || golden.name === "inception") && golden.train !== null
    ? [[golden.name, golden, golden.train] as const]
    : [],
);

const layerNames = ({ spec }: ModelGolden) => traceModel(spec).layers.map(({ name }) => name);

async function forward(golden: ModelGolden) {
  const features = buildFeatures(golden.spec, golden.batch, { layers: tapNames(golden.spec), form: "native" });
  const session = await engine.open({ programs: { features } });
  await session.load(goldenState(golden.spec));
  return session.run("features", { x: golden.images });
}

async function train(golden: ModelGolden, recipe: TrainGolden) {
  const { spec, batch } = golden;
  const step = buildStep({ model: spec, batch, ...recipe });
  const session = await engine.open({ programs: { step, evaluate: buildEvaluate(spec, batch) } });
  await session.load(goldenTrainingState(spec, recipe.optimizer));
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let index = 1; index <= recipe.steps; index++) {
    const scalars = stepScalars(recipe.optimizer, index, recipe.lr);
    const { loss, gradientNorm } = await session.run("step", { x: golden.images, y: recipe.labels, ...scalars });
    losses.push(loss?.data[0] ?? Number.NaN);
    norms.push(gradientNorm?.data[0] ?? Number.NaN);
  }
  return { losses, norms, after: await session.read([...recipe.after.keys()]) };
}

describe("forward pass", () => {
  it.each(forwards.map((golden) => [golden.name, golden] as const))("%s gives timm's numbers", async (_, golden) => {
    const outputs = await forward(golden);
    expectSampled(outputs.logits, golden.logits, 1e-5, "logits");
    expectSampled(outputs.pooled, golden.pooled, 1e-5, "pooled");
    expect(tapNames(golden.spec)).toEqual([...golden.taps.keys()]);
    expect([...golden.taps.keys()]).toEqual(expect.arrayContaining(layerNames(golden)));
    for (const [layer, tap] of golden.taps) {
      expectSampled(outputs[`tap.${layer}`], golden.maps.get(layer) ?? tap, 1e-5, layer);
    }
  });
});

describe("training steps", () => {
  it.each(trainings)("of %s follow PyTorch's", async (_, golden, recipe) => {
    const { losses, norms, after } = await train(golden, recipe);
    losses.forEach((loss, i) => {
      expect(loss, `loss of step ${i + 1}`).toBeCloseTo(recipe.losses[i] ?? Number.NaN, 5);
    });
    norms.forEach((norm, i) => {
      expect(norm / (recipe.gradientNorms[i] ?? Number.NaN), `gradient norm of step ${i + 1}`).toBeCloseTo(1, 5);
    });
    for (const [name, tensor] of recipe.after) expectSampled(after.get(name), tensor, 1e-4, name);
  });
});
