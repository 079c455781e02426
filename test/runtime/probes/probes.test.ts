import { describe, expect, it } from "vitest";
import { gramOf } from "../../../src/analysis/gram.js";
import { cka } from "../../../src/analysis/index.js";
import { entries } from "../../../src/catalog/index.js";
import { OP_VERSIONS } from "../../../src/compiler/plan/versions.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import { OPERATIONS } from "../../../src/runtime/ops/index.js";
import { PROBES } from "../../../src/runtime/ops/probes/index.js";
import { ckaRows, GramCollector, sampleImages } from "../../../src/runtime/probes/cka.js";
import type { FeatureBatch } from "../../../src/runtime/probes/features.js";
import { accumulateGram, emptyGram, FeatureTable } from "../../../src/runtime/probes/gram.js";
import { METRICS, predictionsOf, score } from "../../../src/runtime/probes/metric.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";

const stream = (about: string) => new Stream({ seed: 5, purpose: "random", repeat: 0, about: [about] });

/** Features as a network has them: far from zero, correlated. */
function features(samples: number, width: number, about: string): Float32Array {
  const noise = stream(about).normals(samples * width);
  return Float32Array.from(noise, (z, at) => 3 + z + 0.5 * Math.sin(Math.floor(at / width)));
}

describe("registries", () => {
  it("implement every operation of the plan", () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(Object.keys(OP_VERSIONS).sort());
    for (const [name, { op }] of Object.entries(OPERATIONS)) expect(op).toBe(name);
  });
  it("implement every probe, in shared passes where it reads layers", () => {
    const own = entries("probe").flatMap(({ id, reads }) =>
      reads.kind === "inputs"
        ? [[id, ["layers", "attention", "embedding"].includes(reads.taps) ? "shared" : "alone"]]
        : [],
    );
    expect(Object.fromEntries(Object.entries(PROBES).map(([id, { kind }]) => [id, kind]))).toEqual(
      Object.fromEntries(own),
    );
  });
  it("implement every metric of the catalogue", () => {
    expect(Object.keys(METRICS).sort()).toEqual(
      entries("metric")
        .map(({ id }) => id)
        .sort(),
    );
  });
});

describe("Gram matrices through the engine", () => {
  it("are those of the library to single precision, over chunks", async () => {
    const engine = await openEngine("onnx", { device: "cpu", threads: 1 });
    const [samples, width] = [48, 2500];
    const table = new FeatureTable(samples, "l", 0, width);
    table.data.set(features(samples, width, "x"));
    const gram = emptyGram(samples);
    await accumulateGram(engine, gram, table);
    const exact = gramOf({ data: table.data, rows: samples, columns: width });
    exact.upper.forEach((value, i) => {
      expect(Math.abs((gram.upper[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 * width);
    });
  });

  it.each(["unbiased", "biased", "hsic_mean", "batch_mean"] as const)(
    "give the library's CKA, %s, however many passes it takes",
    async (estimator) => {
      const engine = await openEngine("onnx", { device: "cpu", threads: 1 });
      const samples = 64;
      const widths = { one: 2300, two: 1100 } as const;
      const layers = Object.entries(widths).map(([name, width]) => ({ name, shape: [width], tensors: [] }));
      const data = { one: features(samples, widths.one, "a"), two: features(samples, widths.two, "b") };
      const sample = Array.from({ length: samples }, (_, i) => i);
      const collector = new GramCollector(engine, layers, sample, { estimator, batch: 16 });
      const batch = (from: number, count: number): FeatureBatch => ({
        indices: sample.slice(from, from + count),
        logits: new Float32Array(0),
        flat: (layer) => {
          const width = layer === "one" ? widths.one : widths.two;
          return { data: data[layer as "one" | "two"].subarray(from * width, (from + count) * width), width };
        },
        pooled: () => ({ data: new Float32Array(0), width: 0 }),
        embedding: () => ({ data: new Float32Array(0), width: 0 }),
        attended: () => ({ data: new Float32Array(0), width: 0 }),
      });
      for (let round = 0; round < collector.rounds; round++) {
        const { reader, finish } = collector.reader(round);
        for (let from = 0; from < samples; from += 24) reader.take(batch(from, Math.min(24, samples - from)));
        await finish();
      }
      const grams = collector.centred();
      for (const { inner, value } of ckaRows(grams, grams, estimator)) {
        const [first, second] = [inner.layer as "one" | "two", inner.layer2 as "one" | "two"];
        const tensor = (name: "one" | "two") => ({ data: data[name], shape: [samples, widths[name]] });
        const expected = cka(tensor(first), tensor(second), { estimator, batch: 16 });
        expect(Math.abs(value - expected)).toBeLessThan(1e-5);
      }
    },
  );

  it("asks for more passes where features do not fit, covering each column once", async () => {
    const engine = await openEngine("reference", { device: "cpu", threads: 1 });
    const layers = [{ name: "huge", shape: [40, 1_000_000], tensors: [] }];
    const sample = Array.from({ length: 8 }, (_, i) => i);
    const collector = new GramCollector(engine, layers, sample, { estimator: "unbiased", batch: 8 });
    expect(collector.rounds).toBe(Math.ceil((40_000_000 * 8 * 4) / (512 * 2 ** 20)));
  });

  it("samples the same images whatever their order in the file", () => {
    const ids = Array.from({ length: 30 }, (_, i) => `test/${i}`);
    const spec = { seed: 1, purpose: "images" as const, repeat: 0, about: [] };
    const chosen = (list: string[]) => sampleImages(list.map(hashItem), 10, spec).map((at) => list[at]);
    expect(chosen(ids)).toHaveLength(10);
    expect(chosen([...ids].reverse()).sort()).toEqual(chosen(ids).sort());
    expect(sampleImages(ids.map(hashItem), 100, spec)).toHaveLength(30);
  });
});

describe("scores of predictions", () => {
  const logits = Float32Array.from([2, 1, 0, 0, 3, 0, 0, 0, 0.5, 5, 4, 0]);
  const labels = Int32Array.from([0, 1, 2, 1]);
  const predictions = predictionsOf(logits, labels, 3, "multiclass");

  it("take the likeliest class, and a softmax for scores", () => {
    expect(score("top1", predictions)).toBe(0.75);
    expect(score("accuracy", predictions)).toBe(0.75);
    expect(score("macro_recall", predictions)).toBeCloseTo((1 + 0.5 + 1) / 3, 12);
    const row = predictions.probabilities.subarray(0, 3);
    const total = Math.exp(2) + Math.exp(1) + 1;
    expect(row[0]).toBeCloseTo(Math.exp(2) / total, 14);
    expect(() => score("nothing", predictions)).toThrow(/no metric nothing/);
  });
  it("take a sigmoid for several labels", () => {
    const several = predictionsOf(Float32Array.from([3, -1, -2, 4]), Int32Array.from([1, 0, 0, 1]), 2, "multilabel");
    expect(score("roc_auc", several)).toBe(1);
    expect(score("macro_f1", several)).toBe(1);
    expect(several.probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-3)), 14);
  });
  it("stay finite on enormous logits", () => {
    const wild = predictionsOf(Float32Array.from([1e30, -1e30, 0]), Int32Array.from([0]), 3, "multiclass");
    expect([...wild.probabilities]).toEqual([1, expect.any(Number), expect.any(Number)]);
    expect(score("log_loss", wild)).toBeLessThan(1e-12);
  });
});
