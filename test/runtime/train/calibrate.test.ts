/** Running statistics estimated anew, against torch.optim.swa_utils.update_bn (test/goldens/calibrate.py). */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { traceModel } from "../../../src/models/trace.js";
import { sizeOf } from "../../../src/program/shape.js";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { type EngineId, openEngine } from "../../../src/runtime/engine/index.js";
import { calibrate } from "../../../src/runtime/train/calibrate.js";
import { expectSampled, goldenState, modelGoldens, type Sampled } from "../../support/goldens.js";
import { below } from "../../support/numbers.js";
import { describeTensorflow } from "../../support/tensorflow.js";

interface Case {
  readonly name: string;
  readonly images: number;
  readonly batch: number;
  readonly batches: number;
  readonly after: { readonly [tensor: string]: Sampled };
}
const CASES: readonly Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../models/golden/calibrate.golden.json"), "utf8"),
);

function imageSet(name: string, count: number, channels: number, size: number): ImageSet {
  const shape = [count, channels, size, size];
  const data = Uint8Array.from(below(`${name} calibrate`, shape, 256).data);
  const each = sizeOf(shape) / count;
  return {
    info: { images: count, channels, size, classes: [], shards: [], statistics: null },
    labels: new Int32Array(count),
    labelWidth: 1,
    ids: [],
    hashes: [],
    at: (index) => ({ data, offset: index * each }),
  };
}

async function calibrated({ name, images, batch }: Case, engine: EngineId) {
  const golden = modelGoldens.find((each) => each.name === name);
  if (golden === undefined) throw new Error(`no golden ${name}`);
  const { spec } = golden;
  const normalization = {
    scale: new Float64Array(spec.channels).fill(4),
    shift: new Float64Array(spec.channels).fill(-2),
  };
  const before = goldenState(spec);
  const after = await calibrate({
    engine: await openEngine(engine, { device: "cpu", threads: 1 }),
    info: traceModel(spec),
    state: before,
    source: {
      images: imageSet(name, images, spec.channels, spec.size),
      model: spec,
      task: "multiclass",
      normalization,
    },
    batch,
    order: { order: () => Uint32Array.from({ length: images }, (_, i) => i) },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return { before, after };
}

function heldToTorch(engine: EngineId, tolerance: number): void {
  it.each(CASES)("$name, $images images in batches of $batch", { timeout: 120_000 }, async (wanted) => {
    const { before, after } = await calibrated(wanted, engine);
    expect(Object.keys(wanted.after).length).toBeGreaterThan(0);
    for (const [name, tensor] of Object.entries(wanted.after)) expectSampled(after.get(name), tensor, tolerance, name);
    for (const [name, { data }] of after) {
      if (name in wanted.after) continue;
      const counts = name.endsWith("num_batches_tracked");
      expect(Array.from(data), name).toEqual(counts ? [wanted.batches] : Array.from(before.get(name)?.data ?? []));
    }
  });
}

describe("update_batchnorm on the reference", () => heldToTorch("reference", 3e-6));
describe("update_batchnorm on onnx", () => heldToTorch("onnx", 2e-5));
describeTensorflow("update_batchnorm on tensorflow", () => heldToTorch("tensorflow", 2e-5));
