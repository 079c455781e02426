import { beforeAll, describe, expect, it } from "vitest";
import type { ManifestEntry, OpParams, StreamSpec } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { type EngineId, openEngine } from "../../../src/runtime/engine/index.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { describeTensorflow } from "../../support/tensorflow.js";
import { Bench, type Ref, rowsOf, tinyResnet, tinyVit } from "./harness.js";

const family = { id: "family", version: 1, params: {} };
const normalize = { kind: "data" } as const;
const stream = (purpose: StreamSpec["purpose"], about: StreamSpec["about"] = []): StreamSpec => ({
  seed: 7,
  purpose,
  repeat: 1,
  about,
});
const output = (manifest: Manifest, name: string): Ref => ({ manifest, output: name });

function fresh(model: ModelSpec): OpParams["init"] {
  const manifest = traceModel(model).tensors.map(
    ({ name, shape }): ManifestEntry => ({
      tensor: name,
      shape,
      origin: { from: "random", scheme: family, stream: stream("random", [name]) },
    }),
  );
  return { model, manifest };
}

/** The first `units` units copied, the rest sampled from statistics. */
function transferred(model: ModelSpec, units: number): OpParams["init"] {
  const manifest = traceModel(model).tensors.map(({ name, shape, place }): ManifestEntry => {
    const copied = place.kind === "unit" && place.unit < units;
    const sampler = { id: "gaussian", version: 1, params: {} };
    const origin = copied
      ? ({ from: "state", state: 0 } as const)
      : ({ from: "stats", state: 0, sampler, stream: stream("sample", [name]) } as const);
    return { tensor: name, shape, origin };
  });
  return { model, manifest };
}

function training(model: ModelSpec, change: Partial<OpParams["train"]["recipe"]> = {}): OpParams["train"] {
  return {
    model,
    recipe: {
      optimizer: { id: "adam", version: 1, params: { lr: 0.01, l2: 1e-5 } },
      schedule: [
        { id: "warmup", version: 1, params: { duration: { value: 2, unit: "steps" }, from: 1e-8 } },
        { id: "cosine", version: 1, params: { to: 0 } },
      ],
      batch: 32,
      dropLast: false,
      duration: { value: 6, unit: "steps" },
      clipNorm: 1,
      augment: [
        { id: "crop", version: 1, params: { size: model.size, scale: [0.8, 1], ratio: [0.75, 4 / 3] } },
        { id: "flip", version: 1, params: { h: 0.5, v: 0 } },
      ],
      select: { kind: "best", metric: "top1", on: "val", every: { value: 2, unit: "steps" } },
      keep: [{ value: 3, unit: "steps" }],
      ...change,
    },
    metric: "top1",
    task: "multiclass",
    normalize,
    streams: { order: stream("order"), augment: stream("augment") },
  };
}

for (const [engineId, name, modelOf] of [
  ["onnx", "resnet", tinyResnet],
  ["onnx", "vit", tinyVit],
  ["reference", "resnet", tinyResnet],
] as const) {
  describe(`the whole path on ${engineId} with a small ${name}`, () => wholePath(engineId, modelOf));
}
describeTensorflow("the whole path on tensorflow with a small resnet", () => wholePath("tensorflow", tinyResnet));
describeTensorflow("the whole path on tensorflow with a small vit", () => wholePath("tensorflow", tinyVit));

function wholePath(engineId: EngineId, modelOf: (classes: number) => ModelSpec): void {
  const model = modelOf(10);
  const layers = traceModel(model).layers.map(({ name }) => name);
  // The interpreter is slow: fewer images, fewer steps.
  const short = engineId === "reference";
  const change = short ? { duration: { value: 2, unit: "steps" as const }, keep: [], batch: 8, dropLast: true } : {};
  let bench: Bench;
  let data: { train: Ref; val: Ref; test: Ref };
  let initial: Manifest;
  let trained: Manifest;

  beforeAll(async () => {
    bench = new Bench(await openEngine(engineId, { device: "cpu", threads: 1 }));
    data = await bench.data("digits-few", model.size);
    if (short) data = { ...data, test: data.val };
    initial = await bench.one("init", fresh(model));
    const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
    trained = await bench.one("train", training(model, change), inputs);
  });

  const cka = (a: Ref, b: Ref, estimator = "unbiased") =>
    bench.plan(
      "probe.cka",
      { model, layers, normalize, estimator, images: 64, batch: 16, stream: stream("images") },
      { a, b, data: data.test },
    );
  const selected = () => output(trained, "selected");
  const start = () => output(initial, "state");

  it("trains, checks, selects and keeps", async () => {
    const { history, steps, selectedStep } = trained.value as unknown as {
      history: { steps: { step: number[]; loss: number[]; lr: number[] }; checks: { step: number; top1: number }[] };
      steps: number;
      selectedStep: number;
    };
    expect(history.steps.step).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
    expect(history.steps.loss.every((loss) => loss > 0 && loss < 10)).toBe(true);
    if (short) return;
    expect(history.checks.map(({ step }) => step)).toEqual([2, 4, 6]);
    const best = Math.max(...history.checks.map(({ top1 }) => top1));
    expect(selectedStep).toBe(history.checks.find(({ top1 }) => top1 === best)?.step);
    expect(history.steps.lr[0]).toBeCloseTo(1e-8, 12);
    expect(history.steps.lr[2]).toBeCloseTo(0.01, 12);
    expect(history.steps.lr[5]).toBeCloseTo(0, 12);
    const kept = await bench.state(output(trained, "keep0"));
    expect(kept.get(traceModel(model).tensors[0]?.name ?? "")).not.toEqual(
      (await bench.state(output(trained, "last"))).get(traceModel(model).tensors[0]?.name ?? ""),
    );
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const inputs = { init: start(), train: data.train, val: data.val };
    const again = await bench.one("train", training(model, change), inputs);
    expect(again.outputs).toEqual(trained.outputs);
    expect(again.value).toEqual(trained.value);
    const params = training(model, change);
    const order = { ...params.streams.order, repeat: 2 };
    const other = await bench.one("train", { ...params, streams: { ...params.streams, order } }, inputs);
    expect(other.outputs.last?.digest).not.toBe(trained.outputs.last?.digest);
  });

  it("predicts and scores as the last check did", async () => {
    const predictions = await bench.one(
      "predict",
      { model, normalize },
      { state: output(trained, "last"), data: data.val },
    );
    const score = await bench.one(
      "score",
      { metric: "top1", task: "multiclass" },
      { predictions: output(predictions, "logits") },
    );
    const { history } = trained.value as unknown as { history: { checks: { top1: number }[] } };
    expect(rowsOf(score)).toEqual([{ inner: {}, value: history.checks.at(-1)?.top1 }]);
  });

  it("finds a state like itself: CKA 1 on the diagonal, L2 0", async () => {
    const [self] = await bench.run(cka(selected(), selected()));
    const rows = rowsOf(self as Manifest);
    expect(rows).toHaveLength(layers.length ** 2);
    for (const { inner, value } of rows) {
      if (inner.layer === inner.layer2) expect(value).toBeCloseTo(1, 12);
      expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
    }
    const l2 = await bench.one(
      "probe.l2",
      { model, estimator: "corrected", distance: "per_weight" },
      { a: start(), b: start() },
    );
    expect(rowsOf(l2).length).toBeGreaterThan(0);
    expect(rowsOf(l2).every(({ value }) => value === 0)).toBe(true);
    const moved = await bench.one(
      "probe.l2",
      { model, estimator: "corrected", distance: "per_weight" },
      { a: start(), b: selected() },
    );
    expect(rowsOf(moved).every(({ value }) => value > 0)).toBe(true);
  });

  it("gives each probe of a shared pass what it gets alone", async () => {
    const predict = bench.plan("predict", { model, normalize }, { state: selected(), data: data.test });
    const knn = bench.plan(
      "probe.knn",
      { model, layers, normalize, k: 10, temperature: 0.1, metric: "top1", features: "pooled" },
      { state: selected(), bank: data.train, query: data.test },
    );
    const compared = cka(start(), selected());
    const together = await bench.run(predict, knn, compared);
    const apart = [...(await bench.run(predict)), ...(await bench.run(knn)), ...(await bench.run(compared))];
    expect(together.map(({ outputs, value }) => ({ outputs, value }))).toEqual(
      apart.map(({ outputs, value }) => ({ outputs, value })),
    );
    const near = rowsOf(together[1] as Manifest);
    expect(near.map(({ inner }) => inner.layer)).toEqual(layers);
    expect(near.every(({ value }) => value >= 0 && value <= 1)).toBe(true);
  });

  it("composes the final state again when nothing is put back", async () => {
    const manifest = traceModel(model).tensors.map(({ name, shape }) => ({
      tensor: name,
      shape,
      origin: { from: "state" as const, state: 0 },
    }));
    const composed = await bench.one("init", { model, manifest }, { state0: selected() });
    expect(composed.outputs.state).toEqual(trained.outputs.selected);
  });

  it("makes WT-ST-0 of ST and WT-ST-all of WT, bit for bit", async () => {
    const inputs = { state0: selected() };
    const stats = await bench.one("init", transferred(model, 0), inputs);
    const again = await bench.one("init", { ...transferred(model, 0) }, inputs);
    expect(again.outputs.state).toEqual(stats.outputs.state);
    const units = traceModel(model).units.length;
    const all = await bench.state(output(await bench.one("init", transferred(model, units), inputs), "state"));
    const source = await bench.state(selected());
    for (const { name, place } of traceModel(model).tensors) {
      if (place.kind === "unit") expect(all.get(name)).toEqual(source.get(name));
    }
  });
}

describe("a training with dropout", () => {
  it("draws from its own stream alone, and evaluates without", async () => {
    const bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }));
    const model = tinyVit(10);
    const rates = { drop_rate: 0.1, proj_drop_rate: 0.1, attn_drop_rate: 0.1, drop_path_rate: 0.2 };
    const dropping = { ...model, params: { ...model.params, ...rates } };
    const data = await bench.data("digits-few", model.size);
    const initial = await bench.one("init", fresh(model));
    const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
    const plain = training(model);
    const params = { ...plain, model: dropping, streams: { ...plain.streams, dropout: stream("dropout") } };
    const last = async (of: OpParams["train"]) => (await bench.one("train", of, inputs)).outputs.last?.digest;
    const trained = await bench.one("train", params, inputs);
    expect(await last(params)).toBe(trained.outputs.last?.digest);
    expect(await last(plain)).not.toBe(trained.outputs.last?.digest);
    const other = { ...params.streams, dropout: { ...stream("dropout"), repeat: 2 } };
    expect(await last({ ...params, streams: other })).not.toBe(trained.outputs.last?.digest);

    const state = { state: output(trained, "last"), data: data.val };
    const predictions = await bench.one("predict", { model, normalize }, state);
    const scored = { metric: "top1", task: "multiclass" };
    const score = await bench.one("score", scored, { predictions: output(predictions, "logits") });
    const { history } = trained.value as unknown as { history: { checks: { top1: number }[] } };
    expect(rowsOf(score)[0]?.value).toBe(history.checks.at(-1)?.top1);
  });
});

describe("a training that augments on its device", () => {
  it("is the one that augments on the host, to rounding", async () => {
    const cpu = await openEngine("onnx", { device: "cpu", threads: 1 });
    // the same engine under another device's name: where augmentation happens follows from the name alone
    const device = { ...cpu, signature: { ...cpu.signature, device: "cuda" as const }, open: cpu.open.bind(cpu) };
    const model = tinyVit(10);
    const jitter = { brightness: 0.3, contrast: 0.3, saturation: 0.3, hue: 0.1, p: 0.5 };
    const augment = [...training(model).recipe.augment, { id: "jitter", version: 1, params: jitter }];
    const runs = await Promise.all(
      [cpu, device].map(async (engine) => {
        const bench = new Bench(engine);
        const data = await bench.data("digits-few", 16);
        const initial = await bench.one("init", fresh(model));
        const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
        const { value, outputs } = await bench.one("train", training(model, { augment }), inputs);
        const { loss } = (value as unknown as { history: { steps: { loss: number[] } } }).history.steps;
        return { loss, last: outputs.last?.digest };
      }),
    );
    expect(runs[1]?.last).not.toEqual(runs[0]?.last);
    runs[1]?.loss.forEach((loss, i) => {
      expect(Math.abs(loss - (runs[0]?.loss[i] ?? Number.NaN))).toBeLessThan(1e-3);
    });
  });
});

describe("a training in mixed precision", () => {
  const open = async () => {
    const bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }));
    const model = tinyVit(10);
    const data = await bench.data("digits-few", model.size);
    const initial = await bench.one("init", fresh(model));
    const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
    const train = (change: Partial<OpParams["train"]["recipe"]>) => bench.one("train", training(model, change), inputs);
    return { bench, train, initial };
  };
  const fp16 = (initial_scale: number) => ({
    precision: { id: "fp16", version: 1, params: { initial_scale, growth_interval: 100 } },
  });
  interface Value {
    readonly history: {
      readonly skipped?: number;
      readonly steps: { readonly step: number[]; readonly loss: number[] };
    };
  }
  const trainedValue = (manifest: Manifest) => manifest.value as unknown as Value;

  it("learns as in float32, nearly", async () => {
    const { train } = await open();
    const losses = async (change: Partial<OpParams["train"]["recipe"]>) =>
      trainedValue(await train(change)).history.steps.loss;
    const exact = await losses({});
    const bf16 = { id: "bf16", version: 1, params: {} };
    for (const change of [{ precision: bf16 }, fp16(1024)]) {
      const mixed = await losses(change);
      expect(mixed).not.toEqual(exact);
      mixed.forEach((loss, i) => {
        expect(Math.abs(loss - (exact[i] ?? Number.NaN))).toBeLessThan(0.02);
      });
    }
  });

  it("goes on after steps that overflow, and counts them", async () => {
    const { train } = await open();
    const { history } = trainedValue(await train(fp16(2 ** 24)));
    expect(history.skipped).toBeGreaterThan(0);
    expect(history.skipped).toBeLessThan(6);
    expect(history.steps.loss.every((loss) => Number.isFinite(loss))).toBe(true);
    expect(trainedValue(await train(fp16(1024))).history).not.toHaveProperty("skipped");
  });

  it("fails where nothing but overflow comes of it", async () => {
    const { train } = await open();
    const short = { ...fp16(2 ** 32), duration: { value: 2, unit: "steps" as const }, keep: [] };
    await expect(train(short)).rejects.toThrow(/every one of the 2 steps overflowed float16/);
    const wild = {
      ...fp16(65536),
      optimizer: { id: "sgd", version: 1, params: { lr: 1e30, momentum: 0 } },
      clipNorm: null,
      schedule: [],
      duration: { value: 60, unit: "steps" as const },
      keep: [],
    };
    await expect(train(wild)).rejects.toThrow(
      /32 steps in a row overflowed float16, the last at step \d+ with the loss scaled by [\d.e-]+; lower `lr`/,
    );
  });
});

describe("a training that goes wrong", () => {
  it("says at which step the loss is no number, and what to change", async () => {
    const bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }));
    const model = tinyVit(10);
    const data = await bench.data("digits-few", model.size);
    const initial = await bench.one("init", fresh(model));
    const optimizer = { id: "sgd", version: 1, params: { lr: 1e30, momentum: 0 } };
    const wild = training(model, { optimizer, clipNorm: null, schedule: [] });
    const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
    await expect(bench.one("train", wild, inputs)).rejects.toThrow(
      /the loss is (NaN|Infinity) at step \d+ \(learning rate 1e\+30, the last finite loss [\d.e+]+ at step \d+\); lower `lr`/,
    );
    const huge = training(model, { batch: 500, dropLast: true });
    await expect(bench.one("train", huge, inputs)).rejects.toThrow(/100 training images make no batch of 500/);
  });

  it("stops between steps when asked", async () => {
    const bench = new Bench(await openEngine("onnx", { device: "cpu", threads: 1 }));
    const model = tinyVit(10);
    const data = await bench.data("digits-few", model.size);
    const initial = await bench.one("init", fresh(model));
    const controller = new AbortController();
    const inputs = { init: output(initial, "state"), train: data.train, val: data.val };
    const { node, inputs: manifests } = bench.plan("train", training(model), inputs);
    const context = bench.context(manifests, undefined, controller.signal);
    const { runOps } = await import("../../../src/runtime/ops/index.js");
    const progress = (step: number) => {
      if (step === 2) controller.abort();
    };
    await expect(runOps([{ node, context: { ...context, progress } }])).rejects.toThrow(/abort/i);
  });
});
