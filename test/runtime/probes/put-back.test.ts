/** Parts put back are run from where they begin, and give what running the whole gives. */

import { describe, expect, it } from "vitest";
import { buildAllFeatures } from "../../../src/models/programs.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { flopsOf } from "../../../src/program/cost.js";
import { suffixOf } from "../../../src/program/passes/suffix.js";
import { sizeOf } from "../../../src/program/shape.js";
import type { TensorData } from "../../../src/program/types.js";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { type EngineId, openEngine } from "../../../src/runtime/engine/index.js";
import { runPass } from "../../../src/runtime/probes/features.js";
import { changedLogits } from "../../../src/runtime/probes/put-back.js";
import { partsOf, putBack } from "../../../src/runtime/probes/reinit.js";
import { goldenState } from "../../support/goldens.js";
import { below, uniform } from "../../support/numbers.js";
import { describeTensorflow } from "../../support/tensorflow.js";

const RESNET: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 2], widths: [4, 8], block: "basic", stem: "small" },
  classes: 3,
  channels: 1,
  size: 12,
};
const VIT: ModelSpec = {
  family: "vit",
  version: 1,
  params: { dim: 16, depth: 2, heads: 2, patch: 4, mlp_ratio: 2 },
  classes: 3,
  channels: 1,
  size: 12,
};

function times({ shape, data }: TensorData, scale: number): TensorData {
  return data instanceof Float32Array ? { shape, data: data.map((value) => value * scale) } : { shape, data };
}

function imageSet(images: number, { channels, size }: ModelSpec): ImageSet {
  const shape = [images, channels, size, size];
  const data = Uint8Array.from(below("put back", shape, 256).data);
  const each = sizeOf(shape) / images;
  return {
    info: { images, channels, size, classes: [], shards: [], statistics: null },
    labels: new Int32Array(images),
    labelWidth: 1,
    ids: [],
    hashes: [],
    at: (index) => ({ data, offset: index * each }),
  };
}

interface Case {
  readonly model: ModelSpec;
  readonly by: string;
  /** Of every tensor: tokens that lie close together are where a norm's epsilon counts. */
  readonly scale: number;
}

async function bothWays(engineId: EngineId, { model, by, scale }: Case, images: number) {
  const engine = await openEngine(engineId, { device: "cpu", threads: 1 });
  const info = traceModel(model);
  const state = new Map([...goldenState(model)].map(([name, tensor]) => [name, times(tensor, scale)]));
  const to = new Map(
    info.tensors.map(({ name, shape, role }) => {
      const other = times(uniform(`other ${name}`, shape, role === "running-var" ? 0.5 : -0.5, 1.5), scale);
      return [name, role === "counter" ? (state.get(name) ?? other) : other];
    }),
  );
  const normalization = { scale: Float64Array.of(4), shift: Float64Array.of(-2) };
  const source = { images: imageSet(images, model), model, task: "multiclass" as const, normalization };
  const signal = new AbortController().signal;
  const parts = partsOf(info, by).map((part) => ({
    ...part,
    state: () => putBack(info, state, part, { mode: "reinit", to }),
  }));
  const progress: number[] = [];
  const onProgress = (done: number, total: number) => progress.push(done / total);
  // room for one batch of activations alone: the split takes several turns
  const found = await changedLogits({ engine, state, source, parts, signal, onProgress, keptBytes: 1 });
  const whole = [];
  for (const part of parts) {
    const logits = new Float32Array(images * model.classes);
    const take = ({ indices, logits: some }: { indices: readonly number[]; logits: Float32Array }) => {
      indices.forEach((image, i) => {
        logits.set(some.subarray(i * model.classes, (i + 1) * model.classes), image * model.classes);
      });
    };
    const readers = [{ flat: [], pooled: [], take }];
    await runPass({ engine, state: part.state(), source, readers, signal, onProgress: () => undefined });
    whole.push(logits);
  }
  return { found, whole, parts, progress };
}

const CASES: readonly (readonly [string, Case])[] = [
  ["resnet", { model: RESNET, by: "layers", scale: 1 }],
  ["resnet, unit by unit", { model: RESNET, by: "units", scale: 1 }],
  ["vit", { model: VIT, by: "layers", scale: 1 }],
  ["vit of small weights", { model: VIT, by: "layers", scale: 0.03 }],
];

/** @param tolerance relative to the largest logit; 0: bit for bit */
function alike(engine: EngineId, tolerance: number): void {
  it.each(CASES)("of a %s", { timeout: 240_000 }, async (_, how) => {
    const images = engine === "reference" ? 70 : 150;
    const { found, whole, parts, progress } = await bothWays(engine, how, images);
    // all but a first convolution, which reads the images themselves
    expect(found.shortened).toBeGreaterThanOrEqual(parts.length - 1);
    for (const [index, logits] of whole.entries()) {
      if (tolerance === 0) expect(found.logits[index], parts[index]?.name).toEqual(logits);
      const largest = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = logits.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (found.logits[index]?.[i] ?? 0))),
        0,
      );
      expect(off / largest, parts[index]?.name).toBeLessThanOrEqual(tolerance);
    }
    expect(progress.at(-1)).toBe(1);
  });
}

// activations are handed on in single precision, the reference works in double
describe("parts put back, on the reference", () => alike("reference", 1e-6));
describe("parts put back, on onnx", () => alike("onnx", 0));
describeTensorflow("parts put back, on tensorflow", () => alike("tensorflow", 1e-5));

describe("the rest of a program", () => {
  it.each([RESNET, VIT])("is cheaper the later it begins: $family", (model) => {
    const info = traceModel(model);
    const program = buildAllFeatures(model, 4, info);
    const costs = partsOf(info, "layers").map(({ tensors }) => {
      const suffix = suffixOf(program, new Set(tensors));
      return flopsOf((suffix?.program ?? program).operations);
    });
    for (const [i, cost] of costs.entries()) if (i > 0) expect(cost).toBeLessThanOrEqual(costs[i - 1] ?? 0);
    const all = costs.length * flopsOf(program.operations);
    expect(costs.reduce((sum, cost) => sum + cost, flopsOf(program.operations))).toBeLessThan(0.9 * all);
  });

  it("is none where the first layer changes, which reads the images", () => {
    const program = buildAllFeatures(RESNET, 4, traceModel(RESNET));
    expect(suffixOf(program, new Set(["conv1.weight"]))).toBeUndefined();
    expect(suffixOf(program, new Set(["fc.weight"]))?.frontier.length).toBe(1);
  });
});
