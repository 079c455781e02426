/** How a step is computed is part of a key where it changes rounding, and only there; how often it is kept never is. */

import { describe, expect, it } from "vitest";
import { lower, type MicroBatching, stepName } from "../../../src/compiler/plan/index.js";
import type { PlanNode } from "../../../src/compiler/plan/types.js";
import type { RecipeSpec } from "../../../src/compiler/study.js";
import { cell, experiment, FINETUNE, factsFor, RESNET, RI, SIGNATURE, score, study, VIT } from "./fixture.js";

function planned(model: typeof VIT, microBatch?: MicroBatching, recipe: RecipeSpec = FINETUNE) {
  const options = {
    model,
    init: RI,
    source: null,
    train: [recipe],
    probes: (own: Parameters<typeof score>[0]) => [score(own)],
  };
  const of = study([experiment("main", [cell(options)])]);
  const { plan, diagnostics } = lower(of, factsFor(of), { signature: SIGNATURE, microBatch });
  const node = (op: PlanNode["op"]) => plan.nodes.find((one) => one.op === op);
  const train = plan.nodes.find((one) => one.op === "train");
  if (train === undefined) throw new Error("no training");
  return { diagnostics, train, predict: node("predict"), init: node("init"), node };
}

describe("a batch in pieces", () => {
  const whole = planned(VIT);

  it("makes other keys of the training and what follows from it, and of nothing else", () => {
    const split = planned(VIT, { kind: "size", images: 16 });
    expect(split.train.signature).toEqual({ ...SIGNATURE, microBatch: 16 });
    expect(split.train.params).toEqual(whole.train.params);
    expect(split.train.key).not.toBe(whole.train.key);
    expect(split.predict?.key).not.toBe(whole.predict?.key);
    expect(split.predict?.signature).toEqual(SIGNATURE);
    for (const op of ["init", "dataset.index", "dataset.prepare"] as const) {
      expect(split.node(op)?.key).toBe(whole.node(op)?.key);
    }
    expect(planned(VIT, { kind: "size", images: 8 }).train.key).not.toBe(split.train.key);
    expect(split.train.estimate.memory).toBeLessThan(whole.train.estimate.memory);
  });

  it("that is one piece is the batch", () => {
    for (const images of [32, 33, 4096]) {
      expect(planned(VIT, { kind: "size", images }).train.key).toBe(whole.train.key);
    }
  });

  it("is refused for a model that looks at the batch as a whole, with the reason and what to do", () => {
    const { diagnostics } = planned(RESNET, { kind: "size", images: 16 });
    expect(diagnostics).toMatchObject([
      {
        name: "micro-batch-entangled",
        severity: "error",
        message: "`resnet_s` cannot be trained by `finetune` in pieces of 16 images",
        note: expect.stringContaining("batch normalization takes its mean and variance over the whole batch"),
        hint: expect.stringContaining("lower `batch`"),
        location: FINETUNE.location,
      },
    ]);
    expect(planned(RESNET, { kind: "size", images: 32 }).diagnostics).toEqual([]);
  });

  it("is as large as was found to fit, by model, batch and precision", () => {
    const sizes = new Map([[stepName(whole.train.params), 4]]);
    expect(planned(VIT, { kind: "known", sizes }).train.signature?.microBatch).toBe(4);
    expect(planned(VIT, { kind: "known", sizes }).diagnostics).toMatchObject([
      { name: "micro-batched", severity: "warning", message: "`vit_s` is trained by `finetune` in pieces of 4 images" },
    ]);
    const more = { ...FINETUNE, duration: { value: 9, unit: "steps" as const } };
    expect(planned(VIT, { kind: "known", sizes }, more).train.signature?.microBatch).toBe(4);
    for (const other of [
      { ...FINETUNE, batch: 48 },
      { ...FINETUNE, precision: { id: "bf16", version: 1, params: {} } },
    ]) {
      expect(planned(VIT, { kind: "known", sizes }, other).train.signature).toEqual(SIGNATURE);
    }
    const resnet = planned(RESNET);
    const wrong = { kind: "known", sizes: new Map([[stepName(resnet.train.params), 4]]) } as const;
    expect(planned(RESNET, wrong).train.key).toBe(resnet.train.key);
    expect(planned(RESNET, wrong).diagnostics).toEqual([]);
  });
});

describe("checkpoints", () => {
  it("are in no key, and known to the node", () => {
    const plain = planned(VIT).train;
    for (const checkpoint of [
      { value: 500, unit: "steps" },
      { value: 30, unit: "seconds" },
    ] as const) {
      const { train } = planned(VIT, undefined, { ...FINETUNE, checkpoint });
      expect(train.key).toBe(plain.key);
      expect(train.checkpoint).toEqual(checkpoint);
    }
    expect(plain.checkpoint).toBeUndefined();
  });
});
