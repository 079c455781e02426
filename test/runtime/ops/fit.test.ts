/** The head that a solver fits is scikit-learn's, and the model that has it says what the fit says. */

import { expect, it } from "vitest";
import { logisticScores } from "../../../src/analysis/index.js";
import { buildEvaluate, buildFeatures } from "../../../src/models/programs.js";
import type { ModelSpec } from "../../../src/models/types.js";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { openReferenceEngine } from "../../../src/runtime/engine/reference/index.js";
import { fitHead } from "../../../src/runtime/ops/fit.js";
import { goldenState } from "../../support/goldens.js";
import { asArray, asNumber, asNumbers, asObject, readJson } from "../../support/json.js";
import { uniform } from "../../support/numbers.js";

const cases = asArray(asObject(readJson("analysis/golden/probes.golden.json")).logistic)
  .map(asObject)
  .filter(({ several }) => several === false);

const solver = { id: "lbfgs", version: 1, params: { tolerance: 1e-8, steps: 1000 } };

function setOf(labels: readonly number[], classes: number): ImageSet {
  const info = { images: labels.length, channels: 1, size: 14, classes: Array.from({ length: classes }, String) };
  const set = { info, labels: Int32Array.from(labels), labelWidth: 1, ids: [], hashes: [] };
  return set as unknown as ImageSet;
}

/** A network whose head reads `width` features. */
function network(width: number, classes: number): ModelSpec {
  const params = { dim: width, depth: 1, heads: 1, patch: 7, mlp_ratio: 1 };
  return { family: "vit", version: 1, params, classes, channels: 1, size: 14 };
}

it.each(cases.map((each, i) => [i, each] as const))("is scikit-learn's: case %i", (_, golden) => {
  const [classes, l2] = [asNumber(golden.classes), asNumber(golden.l2)];
  const stored = asObject(golden.x);
  const features = { shape: asNumbers(stored.shape), data: Float64Array.from(asNumbers(stored.data)) };
  const model = network(features.shape[1] ?? 0, classes);
  const params = { model, normalize: { kind: "data" }, task: "multiclass", solver, l2 } as const;
  const { state, converged } = fitHead(params, goldenState(model), features, setOf(asNumbers(golden.y), classes));
  expect(converged).toBe(true);
  const tests = asObject(golden.test);
  const test = { shape: asNumbers(tests.shape), data: Float64Array.from(asNumbers(tests.data)) };
  const weights = Float64Array.from(state.get("head.weight")?.data ?? []);
  const offsets = Float64Array.from(state.get("head.bias")?.data ?? []);
  const scores = logisticScores({ weights, offsets }, test, false);
  asNumbers(golden.scores).forEach((score, i) => {
    expect(Math.abs((scores[i] ?? Number.NaN) - score), `score ${i}`).toBeLessThan(1e-5);
  });
});

it("is the head of a real state: the model's logits are the fit's", async () => {
  const [images, classes] = [12, 3];
  const model = network(8, classes);
  const x = uniform("fit x", [images, 1, 14, 14], -1, 1);
  const engine = openReferenceEngine();
  const session = await engine.open({
    programs: {
      features: buildFeatures(model, images, { layers: [], form: "flat" }),
      evaluate: buildEvaluate(model, images),
    },
  });
  const start = goldenState(model);
  await session.load(start);
  const { pooled } = await session.run("features", { x });
  if (!(pooled?.data instanceof Float32Array)) throw new Error("no features");
  const labels = Array.from({ length: images }, (_, i) => i % classes);
  const features = { shape: pooled.shape, data: pooled.data };
  const params = { model, normalize: { kind: "data" }, task: "multiclass", solver, l2: 0.1 } as const;
  const { state } = fitHead(params, start, features, setOf(labels, classes));
  await session.load(state);
  const { logits } = await session.run("evaluate", { x });
  const [weights, offsets] = ["head.weight", "head.bias"].map((name) => state.get(name)?.data ?? new Float32Array(0));
  for (let i = 0; i < images; i++) {
    for (let c = 0; c < classes; c++) {
      let own = offsets?.[c] ?? 0;
      for (let j = 0; j < 8; j++) own += (weights?.[c * 8 + j] ?? 0) * (features.data[i * 8 + j] ?? 0);
      expect(Math.abs((logits?.data[i * classes + c] ?? Number.NaN) - own)).toBeLessThan(1e-5);
    }
  }
});
