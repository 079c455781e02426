/** Scores and tests read off stored predictions, for every metric of the catalogue and every task. */

import { describe, expect, it } from "vitest";
import { metrics, statistics } from "../../../src/analysis/index.js";
import { entries } from "../../../src/catalog/index.js";
import type { Task } from "../../../src/catalog/types.js";
import type { ScoreParams } from "../../../src/compiler/plan/types.js";
import type { Engine } from "../../../src/runtime/engine/types.js";
import { CASE_TESTS } from "../../../src/runtime/ops/test-cases.js";
import { measure, predictionsOf } from "../../../src/runtime/probes/metric.js";
import { Stream } from "../../../src/runtime/random/stream.js";
import { TEST_METHODS } from "../../../src/runtime/results/paired-test.js";
import { writeSafetensors } from "../../../src/runtime/state/safetensors.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { Draw } from "../../analysis/draw.js";
import { Bench, type Ref, rowsOf } from "./harness.js";

const IMAGES = 60;
/** Nothing here runs a model. */
const engine: Engine = {
  id: "reference",
  signature: { engine: "x", engineVersion: "1", device: "cpu", precision: "f32", threads: 1 },
  open: () => Promise.reject(new Error("no model is run")),
};

interface Given {
  readonly task: Task;
  readonly classes: number;
  readonly logits: Float32Array;
  readonly labels: Int32Array;
}

/** Logits that lean to the truth by `lift`. */
function given(task: Task, classes: number, seed: number, lift = 1): Given {
  const draw = new Draw(4);
  const width = task === "multilabel" ? classes : 1;
  const labels = Int32Array.from({ length: IMAGES * width }, () => draw.below(task === "multilabel" ? 2 : classes));
  const noise = new Draw(seed);
  const logits = Float32Array.from({ length: IMAGES * classes }, (_, i) => {
    const [image, c] = [Math.floor(i / classes), i % classes];
    const positive = task === "multilabel" ? labels[i] === 1 : labels[image] === c;
    return noise.below(400) / 100 - 2 + (positive ? lift : 0);
  });
  return { task, classes, logits, labels };
}

async function stored(bench: Bench, { task, classes, logits, labels }: Given, ids = "image"): Promise<Ref> {
  const shape = task === "multilabel" ? [IMAGES, classes] : [IMAGES];
  const put = (name: string, tensor: { shape: number[]; data: Float32Array | Int32Array }) =>
    bench.blobs.put(writeSafetensors(new Map([[name, tensor]])));
  const names = Array.from({ length: IMAGES }, (_, i) => `${ids}${i}`);
  const outputs: Manifest["outputs"] = {
    logits: await put("logits", { shape: [IMAGES, classes], data: logits }),
    labels: await put("labels", { shape, data: labels }),
    ids: await bench.blobs.put(new TextEncoder().encode(JSON.stringify(names))),
  };
  const key = `predictions ${ids}` as Manifest["key"];
  const by = { xferc: "0", host: "h", engine: null };
  const about = { seconds: 0, peakBytes: 0, createdAt: "", by, recipe: null };
  return { manifest: { format: 1, key, op: "predict", outputs, value: null, ...about }, output: "logits" };
}

const resultOf = (manifest: Manifest) =>
  manifest.value as { rows: { value: number | null; reason?: string }[]; warnings: string[] };
const plain = (metric: string, task: Task): ScoreParams => ({ metric, task });

describe.each([
  ["binary", 2],
  ["multiclass", 4],
  ["multilabel", 3],
] as const)("stored predictions of %s", (task, classes) => {
  const metricsOfTask = entries("metric").filter(({ tasks }) => tasks.includes(task));

  it.each(metricsOfTask.map(({ id }) => id))("are scored by %s", async (metric) => {
    const bench = new Bench(engine);
    const predicted = given(task, classes, 1);
    const score = await bench.one("score", plain(metric, task), { predictions: await stored(bench, predicted) });
    const expected = measure(metric, predictionsOf(predicted.logits, predicted.labels, classes, task));
    expect(resultOf(score)).toEqual({
      rows: [{ inner: {}, value: expected.kind === "value" ? expected.value : null }],
      warnings: [],
    });
    expect(expected.kind).toBe("value");
  });
});

describe("a score", () => {
  it("of one class alone says why it has no value", async () => {
    const bench = new Bench(engine);
    const one = { ...given("binary", 2, 1), labels: new Int32Array(IMAGES).fill(1) };
    const score = await bench.one("score", plain("roc_auc", "binary"), { predictions: await stored(bench, one) });
    expect(resultOf(score)).toEqual({
      rows: [{ inner: {}, value: null, reason: "there are no negatives" }],
      warnings: ["roc_auc has no value: there are no negatives"],
    });
  });

  it("of labels one of which never occurs is the others' mean, and says so", async () => {
    const bench = new Bench(engine);
    const predicted = given("multilabel", 3, 1);
    const labels = predicted.labels.map((label, i) => (i % 3 === 1 ? 0 : label));
    const predictions = await stored(bench, { ...predicted, labels });
    const score = await bench.one("score", plain("roc_auc", "multilabel"), { predictions });
    expect(resultOf(score).warnings).toEqual(["roc_auc is a mean without label 1 (there are no positives)"]);
    expect(rowsOf(score)[0]?.value).toBeGreaterThan(0.5);
  });

  it("is at the threshold that reaches the sensitivity asked for elsewhere", async () => {
    const bench = new Bench(engine);
    const [here, there] = [given("binary", 2, 1), given("binary", 2, 2)];
    const rule = { kind: "sensitivity", least: 0.9 } as const;
    const inputs = { predictions: await stored(bench, here), threshold: await stored(bench, there, "other") };
    const probability = ({ logits, labels }: Given) =>
      predictionsOf(logits, labels, 2, "binary").probabilities.filter((_, i) => i % 2 === 1);
    const chosen = metrics.chooseThreshold(rule, there.labels, probability(there));
    if (chosen.kind === "undefined") throw new Error(chosen.reason);
    expect(chosen.sensitivity).toBeGreaterThanOrEqual(0.9);
    const scored = await bench.one("score", { ...plain("specificity", "binary"), threshold: rule }, inputs);
    const expected = metrics.specificity(here.labels, probability(here), { threshold: chosen.at });
    expect(rowsOf(scored)[0]?.value).toBe(expected);
  });

  it("has the library's interval of the study's stream, and the threshold chosen elsewhere", async () => {
    const bench = new Bench(engine);
    const [here, there] = [given("binary", 2, 1), given("binary", 2, 2)];
    const stream = { seed: 3, purpose: "bootstrap", repeat: 0, about: [] } as const;
    const params: ScoreParams = {
      ...plain("sensitivity", "binary"),
      threshold: { kind: "youden" },
      interval: { resamples: 200, by: null, stream },
    };
    const inputs = { predictions: await stored(bench, here), threshold: await stored(bench, there, "other") };
    const probability = ({ logits, labels }: Given) =>
      predictionsOf(logits, labels, 2, "binary").probabilities.filter((_, i) => i % 2 === 1);
    const chosen = metrics.chooseThreshold({ kind: "youden" }, there.labels, probability(there));
    if (chosen.kind === "undefined") throw new Error(chosen.reason);
    const metric = metrics.sensitivityMetric(here.labels, metrics.atThreshold(probability(here), [chosen.at]));
    const interval = statistics.bootstrap(metric, new Stream(stream), { resamples: 200 });
    if (interval.kind === "undefined") throw new Error(interval.reason);
    const { low, high } = interval;
    expect(rowsOf(await bench.one("score", params, inputs))).toEqual([
      { inner: {}, value: metrics.numberOf(metric.measure()), low, high },
    ]);
  });
});

describe("tests over cases", () => {
  it("are those of the catalogue, with those over repeats and folds", () => {
    const of = (over: string) =>
      entries("test")
        .flatMap((test) => (test.over === over ? [test.id] : []))
        .sort();
    expect(Object.keys(CASE_TESTS).sort()).toEqual(of("cases"));
    expect(Object.keys(TEST_METHODS).sort()).toEqual(of("replicates"));
  });

  const repeats = [1, 2, 3];
  async function tested(method: string, task: Task, classes: number) {
    const bench = new Bench(engine);
    const inputs: { [role: string]: Ref } = {};
    for (const [i, repeat] of repeats.entries()) {
      inputs[`first${i}`] = await stored(bench, given(task, classes, repeat, 1.4));
      inputs[`second${i}`] = await stored(bench, given(task, classes, 10 + repeat, 0.3));
    }
    return rowsOf(await bench.one("test.cases", { method, task, versions: {} }, inputs))[0]?.value;
  }
  const probabilities = (classes: number, seed: number, lift: number) => {
    const { logits, labels, task } = given(classes === 2 ? "binary" : "multiclass", classes, seed, lift);
    return predictionsOf(logits, labels, classes, task);
  };

  it("DeLong's is of the mean AUCs over repeats", async () => {
    const scores = (lift: number, from: number) =>
      repeats.map((repeat) => probabilities(2, from + repeat, lift).probabilities.filter((_, i) => i % 2 === 1));
    const { labels } = given("binary", 2, 1);
    const [first, second] = [scores(1.4, 0), scores(0.3, 10)];
    const expected = statistics.delongRepeated(labels, first, second);
    if (expected.kind === "undefined") throw new Error(expected.reason);
    const mean = (list: readonly Float64Array[]) =>
      list.reduce((sum, each) => sum + metrics.rocAuc(labels, each), 0) / list.length;
    expect(expected.estimate).toBeCloseTo(mean(first) - mean(second), 12);
    expect(expected.p).toBeLessThan(0.05);
    expect(await tested("delong", "binary", 2)).toBe(expected.p);
  });

  it.each([2, 4])("McNemar's is of the classes of mean probabilities, of %i classes", async (classes) => {
    const right = (lift: number, from: number) => {
      const all = repeats.map((repeat) => probabilities(classes, from + repeat, lift));
      return Array.from({ length: IMAGES }, (_, image) => {
        const sums = Array.from({ length: classes }, (__, c) =>
          all.reduce((sum, each) => sum + (each.probabilities[image * classes + c] as number), 0),
        );
        return sums.indexOf(Math.max(...sums)) === all[0]?.labels[image] ? 1 : 0;
      });
    };
    const expected = statistics.mcnemar(right(1.4, 0), right(0.3, 10));
    if (expected.kind === "undefined") throw new Error(expected.reason);
    expect(await tested("mcnemar", classes === 2 ? "binary" : "multiclass", classes)).toBe(expected.p);
  });

  it("refuse predictions of other cases, and say where nothing differs", async () => {
    const bench = new Bench(engine);
    const one = given("binary", 2, 1);
    const params = { method: "delong", task: "binary", versions: {} };
    const [first, other] = [await stored(bench, one), await stored(bench, given("binary", 2, 2), "other")];
    await expect(bench.one("test.cases", params, { first0: first, second0: other })).rejects.toThrow(/different cases/);
    const same = await bench.one("test.cases", params, { first0: first, second0: first });
    expect(resultOf(same).rows).toEqual([{ inner: {}, value: null, reason: "both rank the cases alike" }]);
  });
});
