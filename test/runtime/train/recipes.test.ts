/** Trainings of recipes in full: what they freeze stays, what they average is kept, and a broken one ends as if it never was. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpParams } from "../../../src/compiler/plan/types.js";
import { traceModel } from "../../../src/models/trace.js";
import { openEngine } from "../../../src/runtime/engine/index.js";
import type { StageResult } from "../../../src/runtime/train/loop.js";
import { tinyResnet, tinyVit } from "../ops/harness.js";
import { type Break, lively, printed, Trainings } from "./resuming.js";

type Recipe = OpParams["train"]["recipe"];
const choice = (id: string, params: Recipe["optimizer"]["params"] = {}) => ({ id, version: 1, params });

function everything(model: OpParams["train"]["model"], recipe: Partial<Recipe> = {}): OpParams["train"] {
  const params = lively(model, {
    layerDecay: 0.8,
    unfreeze: { value: 2, unit: "steps" },
    loss: choice("cross_entropy", { label_smoothing: 0.1, class_weights: "balanced" }),
    mix: [choice("mixup", { alpha: 0.8 }), choice("cutmix", { alpha: 1 })],
    average: choice("ema", { decay: 0.7 }),
    ...recipe,
  });
  return { ...params, streams: { ...params.streams, mix: { seed: 7, purpose: "mix", repeat: 1, about: [] } } };
}

const frozenOf = (model: OpParams["train"]["model"], prefix: string) =>
  traceModel(model).tensors.flatMap(({ name }) => (name.startsWith(prefix) ? [name] : []));

function bytes(result: StageResult | undefined, name: string): Uint8Array {
  const data = result?.last.get(name)?.data ?? new Float32Array(0);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe("a recipe in full", { timeout: 240_000 }, () => {
  const [net, vit] = [tinyResnet(10), tinyVit(10)];
  let trainings: readonly Trainings[];

  beforeAll(async () => {
    const engine = await openEngine("onnx", { device: "cpu", threads: 1 });
    const frozen = frozenOf(vit, "patch_embed");
    trainings = [
      await Trainings.of(engine, everything(net, { frozen: frozenOf(net, "conv1").concat(frozenOf(net, "bn1")) })),
      await Trainings.of(engine, everything(vit, { frozen })),
      await Trainings.of(engine, everything(vit, { frozen }), 10),
    ];
  }, 120_000);
  afterAll(() => {
    for (const training of trainings) training.close();
  });

  it("leaves frozen tensors as they were, bit for bit, and moves the others", async () => {
    for (const training of trainings) {
      const { result } = await training.run({});
      const { initial, info } = training.given;
      const held = new Set(training.params.recipe.frozen);
      for (const { name, trainable } of info.tensors) {
        const data = initial.get(name)?.data ?? new Float32Array(0);
        const before = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        if (held.has(name)) expect(bytes(result, name), name).toEqual(before);
        else if (trainable && name.endsWith("weight")) expect(bytes(result, name), name).not.toEqual(before);
      }
    }
  });

  it("in pieces is nearly the one of whole batches", async () => {
    const [, whole, pieces] = await Promise.all(trainings.map(async (each) => (await each.run({})).result));
    for (const [name, { data }] of whole?.last ?? []) {
      const other = pieces?.last.get(name)?.data ?? [];
      data.forEach((value, i) => {
        expect(Math.abs(value - (other[i] ?? Number.NaN)), name).toBeLessThan(0.02);
      });
    }
  });

  it("ends with the same bits where it was broken off", async () => {
    for (const training of trainings) {
      const { result: unbroken, calls } = await training.run({});
      for (const share of [0.3, 0.6, 0.9]) {
        const until: Break = { how: share === 0.6 ? "stop" : "kill", at: Math.floor(share * calls) };
        const work = training.partial(`recipes ${share}`);
        expect((await training.run({ work, until })).result).toBeUndefined();
        expect(printed((await training.run({ work })).result)).toEqual(printed(unbroken));
      }
    }
  });
});
