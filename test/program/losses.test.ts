/** Losses, mixed batches and averages against torch and timm (test/goldens/losses.py). */

import { describe, expect, it, vi } from "vitest";
import type { Choice } from "../../src/catalog/types.js";
import { averagedTensors, averageName, buildAverage, storedAverages } from "../../src/models/average.js";
import { buildEvaluate, buildStep } from "../../src/models/programs.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import { gradients } from "../../src/program/autodiff.js";
import { Builder } from "../../src/program/builder.js";
import {
  binaryCrossEntropy,
  crossEntropy,
  type LossOptions,
  softCrossEntropy,
} from "../../src/program/training/loss.js";
import { stepScalars } from "../../src/program/training/optimizer.js";
import type { TensorData } from "../../src/program/types.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import { lossOptions } from "../../src/runtime/train/losses.js";
import { betaQuantile, cutBox, type Mixing, mixBatch, mixImages, mixLabels } from "../../src/runtime/train/mix.js";
import { describeAllEngines } from "../support/engines.js";
import { expectSampled, goldenTrainingState, type Sampled } from "../support/goldens.js";
import { asArray, asNumber, asNumbers, asObject, asString, type JsonObject, readJson } from "../support/json.js";
import { below, uniform } from "../support/numbers.js";

const golden = asObject(readJson("program/golden/losses.golden.json"));

interface LossCase {
  readonly name: string;
  readonly options: LossOptions;
  readonly several: boolean;
  readonly soft: boolean;
  readonly y: TensorData;
  readonly loss: number;
  readonly gradient: readonly number[];
}

function lossCase(value: JsonObject): LossCase {
  const name = asString(value.name);
  const [several, soft] = [value.several === true, value.soft === true];
  const indicators = below(`${name} y`, [6, 5], 2);
  const y = several
    ? { shape: [6, 5], data: Float32Array.from(indicators.data) }
    : soft
      ? { shape: [6, 5], data: Float32Array.from(asArray(value.shares).flatMap(asNumbers)) }
      : below(`${name} y`, [6], 5);
  const options = value.options as unknown as LossOptions;
  return { name, options, several, soft, y, loss: asNumber(value.loss), gradient: asNumbers(value.gradient) };
}

const losses = asArray(golden.losses).map((each) => lossCase(asObject(each)));

describeAllEngines("a loss", (engine) => {
  it.each(losses.map((each) => [each.name, each] as const))("and its gradient are torch's: %s", async (_, each) => {
    const b = new Builder("loss");
    const logits = b.feed("logits", [6, 5]);
    const y = b.feed("y", each.y.shape, each.y.data instanceof Float32Array ? "f32" : "i32");
    const of = each.several ? binaryCrossEntropy : each.soft ? softCrossEntropy : crossEntropy;
    const loss = of(b, logits, y, each.options);
    b.fetch("loss", loss);
    const [gradient] = gradients(b, loss, [logits]);
    if (gradient !== undefined) b.fetch("gradient", gradient);
    const session = await (await engine()).open({ programs: { loss: b.build() } });
    const found = await session.run("loss", { logits: uniform(`${each.name} logits`, [6, 5], -4, 4), y: each.y });
    await session.close();
    expect(Math.abs((found.loss?.data[0] ?? Number.NaN) - each.loss)).toBeLessThan(1e-5);
    each.gradient.forEach((value, i) => {
      expect(Math.abs((found.gradient?.data[i] ?? Number.NaN) - value), `gradient ${i}`).toBeLessThan(1e-5);
    });
  });
});

describe("mixed batches", () => {
  it.each(
    asArray(golden.mixes)
      .map(asObject)
      .map((each) => [asString(each.name), each] as const),
  )("are timm's: %s", (name, each) => {
    const [row = 0, column = 0] = asNumbers(each.centre);
    const share = asNumber(each.share);
    const mixing: Mixing = each.kind === "cutmix" ? cutBox(share, 6, row, column) : { kind: "mixup", share };
    const x = uniform(`${name} x`, [4, 2, 6, 6], -1, 1);
    const reversed = { shape: x.shape, data: Float32Array.from([3, 2, 1, 0].flatMap((i) => [...x.data.slice(i * 72, i * 72 + 72)])) }; // biome-ignore format: one line
    const y = below(`${name} y`, [4], 3);
    const partners = { shape: [4], data: y.data.toReversed() };
    mixImages(x, reversed, mixing);
    const labels = mixLabels(y, partners, 3, mixing);
    asNumbers(each.images).forEach((value, i) => {
      expect(Math.abs((x.data[i] ?? Number.NaN) - value), `pixel ${i}`).toBeLessThan(1e-6);
    });
    asNumbers(each.labels).forEach((value, i) => {
      expect(Math.abs((labels.data[i] ?? Number.NaN) - value), `label ${i}`).toBeLessThan(1e-6);
    });
  });

  it.each<Mixing>([{ kind: "mixup", share: 0.3 }, cutBox(0.4, 6, 2, 3)])(
    "are the same whole and in pieces, and a whole one makes each image once: %o",
    (mixing) => {
      const all = uniform("mixed", [5, 2, 6, 6], -1, 1);
      const make = vi.fn((of: Uint32Array) => ({
        shape: [of.length, 2, 6, 6],
        data: Float32Array.from([...of].flatMap((i) => [...all.data.slice(i * 72, i * 72 + 72)])),
      }));
      const mixed = (indices: readonly number[], partners: readonly number[]) => {
        const images = make(Uint32Array.from(indices));
        mixBatch(images, Uint32Array.from(indices), { partners: Uint32Array.from(partners), mixing }, make);
        return [...images.data];
      };
      const whole = mixed([4, 0, 2, 1, 3], [3, 1, 2, 0, 4]);
      expect(make).toHaveBeenCalledTimes(1);
      expect(whole).toEqual([...mixed([4, 0], [3, 1]), ...mixed([2, 1, 3], [2, 0, 4])]);
    },
  );

  it("draw their share from a beta distribution", () => {
    for (const alpha of [0.2, 1, 4]) {
      expect(betaQuantile(0.5, alpha)).toBeCloseTo(0.5, 10);
      const [low, high] = [betaQuantile(0.1, alpha), betaQuantile(0.9, alpha)];
      expect(low + high).toBeCloseTo(1, 9);
    }
    expect(betaQuantile(0.3, 1)).toBeCloseTo(0.3, 12);
    expect(betaQuantile(0.1, 0.2)).toBeLessThan(betaQuantile(0.1, 4));
  });

  it("weigh positives by how rare they are among the images a label is known of", () => {
    const params = { label_smoothing: 0, class_weights: "none", positive_weights: "balanced" };
    // four images of three labels: 1 of 4, 1 of 2 known, none
    const labels = Int32Array.of(1, -1, 0, 0, 1, 0, 0, 0, 0, 0, -1, 0);
    expect(lossOptions({ id: "cross_entropy", version: 1, params }, { labels }, 3)).toEqual({ positives: [3, 1, 1] });
  });

  it("weigh classes by how few images they have, where they are to be balanced", () => {
    const loss = { id: "cross_entropy", version: 1, params: { label_smoothing: 0, class_weights: "balanced" } };
    expect(lossOptions(loss, { labels: Int32Array.of(0, 0, 0, 1) }, 3)).toEqual({ weights: [4 / 9, 4 / 3, 0] });
    expect(lossOptions(undefined, { labels: Int32Array.of(0) }, 3)).toBeUndefined();
  });
});

describe("an average of the weights", () => {
  it("is timm's after every step, and is what is evaluated", async () => {
    const each = asObject(golden.average);
    const model = each.spec as unknown as ModelSpec;
    const optimizer = each.optimizer as unknown as Choice;
    const tensors = averagedTensors(traceModel(model), []);
    const options = { model, batch: 4, task: "multiclass", optimizer, clipNorm: null } as const;
    const session = await openReferenceEngine().open({
      programs: {
        step: buildStep(options),
        average: buildAverage(tensors, asNumber(each.decay)),
        evaluate: buildEvaluate(model, 4, storedAverages(tensors)),
      },
    });
    const start = goldenTrainingState(model, optimizer);
    for (const { name } of tensors) {
      const tensor = start.get(name);
      if (tensor !== undefined) start.set(averageName(name), tensor);
    }
    await session.load(start);
    const x = uniform("ema x", [4, 1, 8, 8], -1, 1);
    for (let step = 1; step <= asNumber(each.steps); step++) {
      await session.run("step", { x, y: below("ema y", [4], 3), ...stepScalars(optimizer, step, asNumber(each.lr)) });
      await session.run("average", {});
    }
    const state = await session.read();
    const after = each.state as unknown as { readonly [name: string]: Sampled };
    for (const [name, tensor] of Object.entries(after)) {
      expectSampled(state.get(averageName(name)), tensor, 1e-6, name);
    }
    const { logits } = await session.run("evaluate", { x });
    expectSampled(logits, each.logits as unknown as Sampled, 1e-5, "logits");
  });
});
