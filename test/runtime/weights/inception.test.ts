/** Weights in the layout torchvision publishes Inception-v3's in: read whole, and the features FID is made of. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { presets } from "../../../src/models/presets.js";
import { buildFeatures } from "../../../src/models/programs.js";
import { traceModel } from "../../../src/models/trace.js";
import type { TensorData } from "../../../src/program/types.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import { loadWeights } from "../../../src/runtime/weights/load.js";
import { strictState } from "../../../src/runtime/weights/strict.js";
import { modelTensor, uniform } from "../../support/numbers.js";

/** torchvision's features of the same weights and images (test/goldens/inception.py). */
interface Golden {
  readonly shape: readonly number[];
  readonly step: number;
  readonly data: readonly number[];
  /** Of each image's features. */
  readonly mean: readonly number[];
  /** Shapes of the second head, which only training uses. */
  readonly aux: { readonly [name: string]: readonly number[] };
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/inception.golden.json"), "utf8"));
/** As the script has it. */
const GAIN = 1.35;

const preset = presets.get("inception_v3");
if (preset === undefined) throw new Error("no Inception-v3");
const { family, version, params, size } = preset;
const spec = { family, version, params, classes: 1000, channels: 3, size };

function weight(name: string, shape: readonly number[]): TensorData {
  const { data } = modelTensor(name, shape);
  const isFilter = name.endsWith("conv.weight") && data instanceof Float32Array;
  return { shape, data: isFilter ? data.map((value) => Math.fround(value * Math.fround(GAIN))) : data };
}

/** [8, 3, 299, 299]: noise, and a colour an image. */
function images(): TensorData {
  const { shape, data } = uniform("fid images", [8, 3, size, size], -1, 1);
  const colours = uniform("fid colours", [8, 3, 1, 1], -1, 1).data;
  return { shape, data: Float32Array.from(data, (x, i) => x + (colours[Math.floor(i / (size * size))] as number)) };
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-inception-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("gives torchvision's features of a full-size file", { timeout: 240_000 }, async () => {
  const { tensors } = traceModel(spec);
  const file = join(folder, "inception_v3.safetensors");
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
  const [count = 0, width = 0] = golden.shape;
  expect(pooled?.shape).toEqual([count, width]);
  const found = Float32Array.from(pooled?.data ?? []);
  const largest = Math.max(...golden.data.map(Math.abs));
  golden.data.forEach((expected, i) => {
    const value = found[i * golden.step] ?? Number.NaN;
    expect(Math.abs(value - expected), `feature ${i * golden.step}`).toBeLessThan(
      1e-3 * Math.max(1e-2 * largest, Math.abs(expected)),
    );
  });
  golden.mean.forEach((expected, image) => {
    const mean = found.subarray(image * width, (image + 1) * width).reduce((sum, value) => sum + value, 0) / width;
    expect(Math.abs(mean - expected) / expected, `image ${image}`).toBeLessThan(1e-4);
  });
  // images are told apart: the golden could fail
  expect(new Set(golden.mean.map((mean) => mean.toPrecision(4))).size).toBe(count);
});
