/** Weights in the layouts Inception-v3's are published in: read whole, and the features FID is made of. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildFeatures } from "../../../src/models/programs.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import type { TensorData } from "../../../src/program/types.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { loadWeights } from "../../../src/runtime/weights/load.js";
import { strictState } from "../../../src/runtime/weights/strict.js";
import { modelTensor, uniform } from "../../support/numbers.js";

/** PyTorch's features of the same weights and images (test/goldens/inception.py). */
interface Golden {
  readonly shape: readonly number[];
  readonly step: number;
  readonly data: readonly number[];
  /** Of each image's features. */
  readonly mean: readonly number[];
  /** Shapes of the second head, which only training uses. */
  readonly aux: { readonly [name: string]: readonly number[] };
}
const goldens: { readonly torchvision: Golden; readonly fid: Golden } = JSON.parse(
  readFileSync(join(import.meta.dirname, "golden/inception.golden.json"), "utf8"),
);
/** As the script has it. */
const GAIN = 1.35;

const SIZE = 299;
const specOf = (family: string, classes: number) => ({
  family,
  version: 1,
  params: {},
  classes,
  channels: 3,
  size: SIZE,
});
const torchvision = specOf("inception", 1000);
const published = specOf("inception_fid", 1008);

function weight(name: string, shape: readonly number[]): TensorData {
  const { data } = modelTensor(name, shape);
  const isFilter = name.endsWith("conv.weight") && data instanceof Float32Array;
  return { shape, data: isFilter ? data.map((value) => Math.fround(value * Math.fround(GAIN))) : data };
}

/** [8, 3, 299, 299]: noise, and a colour an image. */
function images(): TensorData {
  const { shape, data } = uniform("fid images", [8, 3, SIZE, SIZE], -1, 1);
  const colours = uniform("fid colours", [8, 3, 1, 1], -1, 1).data;
  return { shape, data: Float32Array.from(data, (x, i) => x + (colours[Math.floor(i / (SIZE * SIZE))] as number)) };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-inception-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Through a file on the disk. */
async function featuresOf(spec: ModelSpec, golden: Golden): Promise<Float32Array> {
  const { tensors } = traceModel(spec);
  const file = join(folder, `${spec.family}.safetensors`);
  const named = [...tensors.map(({ name, shape }) => [name, shape] as const), ...Object.entries(golden.aux)];
  writeFileSync(
    file,
    writeSafetensors(new Map(named.map(([name, shape]) => [name, weight(name, shape)])), { integers: "I64" }),
  );
  const state = strictState(tensors, await loadWeights(file));
  const engine = await openEngine("onnx", { device: "cpu", threads: 1 });
  const session = await engine.open({ programs: { features: buildFeatures(spec, 8, { layers: [], form: "native" }) } });
  await session.load(state);
  const { pooled } = await session.run("features", { x: images() }, ["pooled"]);
  await session.close();
  expect(pooled?.shape).toEqual(golden.shape);
  return Float32Array.from(pooled?.data ?? []);
}

const largestOf = ({ data }: Golden): number => Math.max(...data.map(Math.abs));

it.each([
  ["torchvision's", torchvision, goldens.torchvision],
  ["FID's, with the pools of 2015", published, goldens.fid],
])("gives the features of a full-size file of the network: %s", { timeout: 240_000 }, async (_, spec, golden) => {
  const found = await featuresOf(spec, golden);
  const [count = 0, width = 0] = golden.shape;
  golden.data.forEach((expected, i) => {
    const value = found[i * golden.step] ?? Number.NaN;
    expect(Math.abs(value - expected), `feature ${i * golden.step}`).toBeLessThan(
      2e-4 * Math.max(1e-2 * largestOf(golden), Math.abs(expected)),
    );
  });
  golden.mean.forEach((expected, image) => {
    const mean = found.subarray(image * width, (image + 1) * width).reduce((sum, value) => sum + value, 0) / width;
    expect(Math.abs(mean - expected) / expected, `image ${image}`).toBeLessThan(1e-4);
  });
  // images are told apart: the golden could fail
  expect(new Set(golden.mean.map((mean) => mean.toPrecision(4))).size).toBe(count);
});

it("tells the two networks apart: under the same weights their features are far from each other", () => {
  const apart = goldens.fid.data.map((value, i) => Math.abs(value - (goldens.torchvision.data[i] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeGreaterThan(1e-2 * largestOf(goldens.fid));
});
