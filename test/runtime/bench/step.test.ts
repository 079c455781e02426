import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printFigures } from "../../../src/cli/actions/bench.js";
import { benchStep, type StepRequest } from "../../../src/runtime/bench/step.js";
import { cpuDevice } from "../../../src/runtime/devices/limits.js";
import { readRates } from "../../../src/runtime/run/rates.js";
import { ensureBuilt } from "../../built.js";

const cache = mkdtempSync(join(tmpdir(), "xferc-bench-"));
beforeAll(ensureBuilt, 120_000);
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const small: StepRequest = {
  model: "resnet",
  params: { blocks: [1, 1], widths: [8, 16], stem: "small" },
  batch: 16,
  size: 16,
  wish: { engine: "onnx", device: "cpu", threads: 1, jobs: 1, environment: {} },
  cache,
};

describe("a measured step", () => {
  it("tells time, memory and the largest batch, and keeps the rate", async () => {
    const figures = await benchStep(small);
    expect(figures).toMatchObject({
      model: "resnet",
      batch: 16,
      size: 16,
      engine: "onnx",
      device: "cpu",
      threads: 1,
      precision: "f32",
      optimizer: "adam",
      engine_reason: null,
      peak_device_bytes: null,
    });
    const { ms_median, ms_min, ms_max, images_per_second, peak_rss_bytes, base_rss_bytes, free_bytes } = figures;
    expect(figures.steps).toBeGreaterThanOrEqual(7);
    expect(ms_min).toBeGreaterThan(0);
    expect(ms_min).toBeLessThanOrEqual(ms_median);
    expect(ms_median).toBeLessThanOrEqual(ms_max);
    expect(images_per_second * ms_median).toBeCloseTo(16_000, 5);
    // the child's own: this test's process is larger
    expect(base_rss_bytes).toBeGreaterThan(30e6);
    expect(peak_rss_bytes).toBeGreaterThan(base_rss_bytes);
    expect(peak_rss_bytes).toBeLessThan(600e6);
    expect(figures.largest_batch).toBeGreaterThan(16);
    expect(free_bytes).toBeLessThanOrEqual(cpuDevice().memoryBytes);
    const rates = readRates(cache, {
      signature: { engine: "onnx", engineVersion: figures.engine_version, device: "cpu", precision: "f32", threads: 1 },
      devices: [cpuDevice()],
    });
    expect(rates.flopsPerSecond.train.resnet).toBeCloseTo(figures.flops_per_second, 0);
    expect(readFileSync(join(cache, "rates.json"), "utf8")).toContain("widths");
  });

  it("reads well", async () => {
    const lines = printFigures({
      model: "resnet50",
      family: "resnet",
      batch: 8,
      size: 224,
      parameters: 25_557_032,
      optimizer: "adam",
      engine: "onnx",
      engine_version: "1.30.0",
      device: "cuda",
      device_name: "NVIDIA T4",
      threads: 1,
      precision: "f32",
      engine_reason: "measured here as the fastest: about 0.1 s against 0.2 s on tensorflow 2.21.0 cuda",
      steps: 30,
      ms_median: 94.6,
      ms_min: 91.23,
      ms_max: 120.4,
      images_per_second: 84.57,
      flops_per_second: 2.1e12,
      peak_rss_bytes: 1.9e9,
      base_rss_bytes: 3.6e8,
      peak_device_bytes: 2.4e9,
      estimated_bytes: 1.2e9,
      largest_batch: 61,
      free_bytes: 15e9,
    });
    expect(lines.split("\n")).toEqual([
      "model          resnet50: 25.6 M parameters, 224 px, batch 8, adam",
      "engine         onnx 1.30.0 on cuda (NVIDIA T4), 1 thread",
      "               measured here as the fastest: about 0.1 s against 0.2 s on tensorflow 2.21.0 cuda",
      "step           94.6 ms median of 30 (91.2–120), 84.6 images/s, 2100 GFLOP/s",
      "memory         1.9 GB at most, 360 MB of that before the model was there, 2.4 GB on the GPU",
      "largest batch  about 61, by what this step took and the 15.0 GB that are free now",
    ]);
  });
});

describe("a step that cannot be measured", () => {
  it.each<[string, Partial<StepRequest>, RegExp]>([
    ["of a model that is none", { model: "resnet999" }, /no model `resnet999`; there is .*resnet50/],
    [
      "of a family without its parameters",
      { params: {} },
      /model `resnet`: `blocks` is missing; give it with --params/,
    ],
    ["of a size that does not fit", { model: "vit_tiny", params: {}, size: 225 }, /225 px is not divisible by `patch`/],
    ["on a device that is not there", { wish: { ...small.wish, device: "cuda:7" } }, /no CUDA device/],
    [
      "that is larger than the machine",
      { batch: 10_000_000, size: 256 },
      /^out of memory on cpu \(.*not tried: its values/,
    ],
  ])("%s says why", async (_, change, message) => {
    await expect(benchStep({ ...small, ...change })).rejects.toThrow(message);
  });
});
