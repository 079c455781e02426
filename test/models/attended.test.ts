/** The heads' mean attended distances against timm's own attention weights (test/goldens/attention.py). */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attendedDistance } from "../../src/analysis/index.js";
import { gridDistances } from "../../src/models/attended.js";
import { buildAllFeatures, buildFeatures } from "../../src/models/programs.js";
import { traceModel } from "../../src/models/trace.js";
import { openEngine } from "../../src/runtime/engine/index.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import type { Engine } from "../../src/runtime/engine/types.js";
import { goldenState, type ModelGolden, modelGoldens } from "../support/goldens.js";
import { testTensorflow } from "../support/tensorflow.js";

interface Looks {
  readonly name: string;
  /** By layer, an image a row: renormalized by head, then unnormalized. */
  readonly attended: { readonly [layer: string]: readonly (readonly number[])[] };
}
const golden: readonly Looks[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden/attention.golden.json"), "utf8"),
);

const cases = golden.flatMap((looks) => {
  const model = modelGoldens.find(({ name }) => name === looks.name);
  return model === undefined ? [] : [[looks.name, looks, model] as const];
});

async function expectLooks(engine: Engine, looks: Looks, model: ModelGolden): Promise<void> {
  const info = traceModel(model.spec);
  expect(info.layers.filter(({ heads }) => heads !== undefined).map(({ name }) => name)).toEqual(
    Object.keys(looks.attended),
  );
  const session = await engine.open({ programs: { features: buildAllFeatures(model.spec, model.batch, info) } });
  await session.load(new Map([...goldenState(model.spec)].filter(([name]) => !name.endsWith("num_batches_tracked"))));
  const names = Object.keys(looks.attended).map((layer) => `attended.${layer}`);
  const fetched = await session.run("features", { x: model.images }, names);
  for (const [layer, rows] of Object.entries(looks.attended)) {
    const { shape, data } = fetched[`attended.${layer}`] ?? { shape: [], data: [] };
    expect(shape).toEqual([model.batch, rows[0]?.length]);
    rows.flat().forEach((value, i) => {
      expect(Math.abs((data[i] ?? Number.NaN) - value) / value, `${layer} ${i}`).toBeLessThan(2e-5);
    });
  }
  await session.close();
}

describe("attended distances", () => {
  it("are there for every model with attention", () => {
    expect(cases.map(([name]) => name)).toEqual(["tokens", "labels", "windows", "padded"]);
  });

  it.each(cases)(
    "of %s are those of timm's weights, on the interpreter and on onnxruntime",
    async (_, looks, model) => {
      await expectLooks(openReferenceEngine(), looks, model);
      await expectLooks(await openEngine("onnx", { device: "cpu", threads: 1 }), looks, model);
    },
  );
  for (const [name, looks, model] of cases) {
    testTensorflow(`of ${name} are those of timm's weights, on tensorflow`, async () =>
      expectLooks(await openEngine("tensorflow", { device: "cpu", threads: 1 }), looks, model),
    );
  }

  it("of a model without attention are none", () => {
    const model = modelGoldens.find(({ name }) => name === "basic");
    if (model === undefined) throw new Error("no model");
    expect(() => buildFeatures(model.spec, 1, { layers: [], attended: ["layer1.0"], form: "flat" })).toThrow(
      /no attention in `layer1.0`/,
    );
  });

  it("of a grid are the library's", () => {
    const [side, stride] = [3, 4];
    const apart = gridDistances([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8], 10, side, stride);
    const places = [
      undefined,
      ...Array.from({ length: 9 }, (_, i) => ({ x: stride * (i % 3), y: stride * Math.floor(i / 3) })),
    ];
    const weights = new Float64Array(100).fill(0.1);
    const [mean] = attendedDistance({ weights, heads: 1, places }, { estimator: "unnormalized" });
    const sum = apart.reduce((total, value) => total + value, 0);
    expect(mean).toBeCloseTo((0.1 * sum) / 9, 6);
  });
});
