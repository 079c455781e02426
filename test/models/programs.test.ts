import { describe, expect, it } from "vitest";
import type { Choice } from "../../src/catalog/types.js";
import { buildEvaluate, buildFeatures, buildStep, tapNames } from "../../src/models/programs.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import { optimizerState, stepScalars } from "../../src/program/training/optimizer.js";
import type { Program } from "../../src/program/types.js";
import { openReferenceEngine } from "../../src/runtime/engine/reference/index.js";
import { goldenState, goldenTrainingState } from "../support/goldens.js";
import { below, uniform } from "../support/numbers.js";

const vit: ModelSpec = {
  family: "vit",
  version: 1,
  params: { dim: 8, depth: 1, heads: 2, patch: 4 },
  classes: 3,
  channels: 1,
  size: 8,
};
const resnet: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1], widths: [4], stem: "small" },
  classes: 3,
  channels: 1,
  size: 6,
};
const swin: ModelSpec = {
  family: "swin",
  version: 1,
  params: { dim: 8, depths: [1], heads: [2], window: 2, patch: 2 },
  classes: 3,
  channels: 1,
  size: 8,
};
const adam: Choice = { id: "adam", version: 1, params: { l2: 0.5 } };
const images = uniform("images", [2, 1, 8, 8], -1, 1);
const names = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name);

async function features(layers: readonly string[], options: Omit<Parameters<typeof buildFeatures>[2], "layers">) {
  const session = await openReferenceEngine().open({ programs: { f: buildFeatures(vit, 2, { layers, ...options }) } });
  await session.load(goldenState(vit));
  return session.run("f", { x: images });
}

describe("features", () => {
  const layer = "blocks.0.mlp";

  it("are given in timm's layout, flat, or pooled", async () => {
    const native = (await features([layer], { form: "native" }))[`tap.${layer}`];
    const flat = (await features([layer], { form: "flat" }))[`tap.${layer}`];
    expect(native?.shape).toEqual([2, 5, 8]);
    expect(flat?.shape).toEqual([2, 40]);
    expect(flat?.data).toEqual(native?.data);
  });

  it("of tokens pool to the class token, the mean patch, or both side by side", async () => {
    const native = (await features([layer], { form: "native" }))[`tap.${layer}`]?.data ?? [];
    const pooled = async (tokens?: "cls" | "patch" | "cls_patch") =>
      (await features([layer], tokens === undefined ? { form: "pooled" } : { form: "pooled", tokens }))[`tap.${layer}`];
    const cls = await pooled("cls");
    const patch = await pooled("patch");
    const both = await pooled();
    expect(cls?.shape).toEqual([2, 8]);
    expect(cls?.data[3]).toBe(native[3]);
    const meanOfPatches = [1, 2, 3, 4].reduce((sum, token) => sum + (native[token * 8 + 3] ?? 0) / 4, 0);
    expect(patch?.data[3]).toBeCloseTo(meanOfPatches, 6);
    expect(both?.shape).toEqual([2, 16]);
    expect([both?.data[3], both?.data[11]]).toEqual([cls?.data[3], patch?.data[3]]);
  });

  it("of a layer without a class token pool to the mean of its tokens", async () => {
    const outputs = await features(["patch_embed"], { form: "pooled", tokens: "cls" });
    expect(outputs["tap.patch_embed"]?.shape).toEqual([2, 8]);
  });

  it("of maps pool over space", () => {
    const program = buildFeatures(resnet, 2, { layers: ["conv1", "fc"], form: "pooled" });
    expect(program.fetches.map(({ name, value }) => [name, value.shape])).toEqual([
      ["logits", [2, 3]],
      ["pooled", [2, 4]],
      ["tap.conv1", [2, 4]],
      ["tap.fc", [2, 3]],
    ]);
  });

  it("of maps whose channels come last pool over space too", async () => {
    const layer = "layers.0.blocks.0.attn";
    const program = buildFeatures(swin, 2, { layers: [layer], pooledLayers: [layer], form: "native" });
    const session = await openReferenceEngine().open({ programs: { program } });
    await session.load(goldenState(swin));
    const outputs = await session.run("program", { x: images });
    const [native, pooled] = [outputs[`tap.${layer}`], outputs[`pooledTap.${layer}`]];
    expect([native?.shape, pooled?.shape]).toEqual([
      [2, 4, 4, 8],
      [2, 8],
    ]);
    const mean = Array.from({ length: 16 }, (_, i) => native?.data[i * 8 + 5] ?? 0).reduce((a, b) => a + b) / 16;
    expect(pooled?.data[5]).toBeCloseTo(mean, 6);
  });

  it("can be had of whole blocks and stages too", () => {
    expect(tapNames(vit)).toEqual(["patch_embed", "blocks.0.attn", "blocks.0.mlp", "blocks.0", "head"]);
    expect(tapNames(swin).slice(-3)).toEqual(["layers.0.blocks.0", "layers.0", "head"]);
    const program = buildFeatures(vit, 2, { layers: ["blocks.0"], form: "native" });
    expect(program.fetches.at(-1)?.value.shape).toEqual([2, 5, 8]);
  });

  it("of a layer that is not there are an error that names those that are", () => {
    expect(() => buildFeatures(vit, 2, { layers: ["blocks.7"], form: "flat" })).toThrow(
      /no layer `blocks.7`; there is/,
    );
  });
});

describe("the step program", () => {
  const step = (options: Partial<Parameters<typeof buildStep>[0]> = {}): Program =>
    buildStep({ model: vit, batch: 2, task: "multiclass", optimizer: adam, clipNorm: 1, ...options });

  it("declares the model's state and the optimizer's", () => {
    const tensors = traceModel(vit).tensors;
    const expected = [...names(tensors), ...names(optimizerState(adam, tensors))];
    expect(new Set(names(step().state))).toEqual(new Set(expected));
    expect(new Set(names(step().updates))).toEqual(new Set(expected));
  });

  it("is fed exactly what `stepScalars` gives, and images and labels", () => {
    for (const id of ["adam", "adamw", "sgd"]) {
      const optimizer: Choice = { id, version: 1, params: {} };
      const fed = ["x", "y", ...Object.keys(stepScalars(optimizer, 1, 0.1))];
      expect(names(step({ optimizer }).feeds).sort()).toEqual(fed.sort());
    }
  });

  it("decays no bias and no tensor of one axis", () => {
    const decayed = step().operations.flatMap((operation) =>
      operation.kind === "adam" && operation.attributes.l2 !== 0 ? [operation.inputs[0]?.shape.length] : [],
    );
    const undecayed = step().operations.flatMap((operation) =>
      operation.kind === "adam" && operation.attributes.l2 === 0 ? [operation.inputs[0]?.shape.length] : [],
    );
    expect(decayed.every((rank) => (rank ?? 0) >= 2)).toBe(true);
    expect(undecayed.every((rank) => rank === 1)).toBe(true);
    expect(decayed.length).toBe(traceModel(vit).tensors.filter(({ shape }) => shape.length >= 2).length);
  });

  it("moves the tokens of shifted windows without adding rows to rows", () => {
    const params = { dim: 8, depths: [2, 1], heads: [2, 2], window: 2, patch: 1 };
    const program = step({ model: { ...swin, params } });
    const additions = program.operations.filter(({ kind }) => kind === "scatterAdd");
    // of the bias tables alone
    expect(additions.map(({ outputs }) => outputs[0]?.shape)).toEqual([
      [9, 2],
      [9, 2],
      [9, 2],
    ]);
    const moves = program.operations.filter(({ kind, outputs }) => kind === "gather" && outputs[0]?.shape[0] !== 16);
    // into windows, into shifted ones and into the merged map's windows, forth and back
    expect(moves).toHaveLength(6);
  });

  it("does not differentiate the images", () => {
    const program = step({ model: resnet });
    const convolutions = program.operations.filter(({ kind }) => kind === "conv2d").length;
    const inputGradients = program.operations.filter(({ kind }) => kind === "conv2dInputGrad").length;
    expect(inputGradients).toBe(convolutions - 1);
  });

  it("refuses a batch norm over a single value, as PyTorch does", () => {
    expect(() => step({ model: { ...resnet, size: 1 }, batch: 1 })).toThrow(/one value a channel; use a larger batch/);
  });

  it("refuses an optimizer it does not know", () => {
    expect(() => step({ optimizer: { id: "lion", version: 1, params: {} } })).toThrow(/no optimizer `lion`/);
  });
});

describe("a session of the reference engine", () => {
  async function open() {
    const step = buildStep({ model: resnet, batch: 4, task: "multiclass", optimizer: adam, clipNorm: null });
    return openReferenceEngine().open({ programs: { step, evaluate: buildEvaluate(resnet, 4) } });
  }
  const x = uniform("x", [4, 1, 6, 6], -1, 1);
  const y = below("y", [4], 3);
  const feeds = (index: number) => ({ x, y, ...stepScalars(adam, index, 0.01) });

  it("continues from what it gave with the same bits", async () => {
    const whole = await open();
    await whole.load(goldenTrainingState(resnet, adam));
    for (let index = 1; index <= 4; index++) await whole.run("step", feeds(index));

    const first = await open();
    await first.load(goldenTrainingState(resnet, adam));
    for (let index = 1; index <= 2; index++) await first.run("step", feeds(index));
    const second = await open();
    await second.load(await first.read());
    for (let index = 3; index <= 4; index++) await second.run("step", feeds(index));
    expect(await second.read()).toEqual(await whole.read());
  });

  it("counts batches and moves running statistics in training, not in evaluation", async () => {
    const session = await open();
    await session.load(goldenTrainingState(resnet, adam));
    await session.run("evaluate", { x });
    const before = await session.read(["bn1.num_batches_tracked", "bn1.running_mean"]);
    expect(before.get("bn1.num_batches_tracked")?.data[0]).toBe(0);
    await session.run("step", feeds(1));
    const after = await session.read(["bn1.num_batches_tracked", "bn1.running_mean"]);
    expect(after.get("bn1.num_batches_tracked")?.data[0]).toBe(1);
    expect(after.get("bn1.running_mean")?.data).not.toEqual(before.get("bn1.running_mean")?.data);
  });

  it("names what is missing or misshapen", async () => {
    const session = await open();
    const state = goldenTrainingState(resnet, adam);
    await expect(session.load(new Map())).rejects.toThrow(
      /state `conv1.weight` is missing; it has shape \[4, 1, 3, 3\]/,
    );
    state.set("fc.bias", { shape: [4], data: new Float32Array(4) });
    await expect(session.load(state)).rejects.toThrow(/`fc.bias` has shape \[4\]; it must have \[3\]/);
    await session.load(goldenTrainingState(resnet, adam));
    await expect(session.run("evaluate", {})).rejects.toThrow(/feed `x` is missing/);
    await expect(session.run("nothing", {})).rejects.toThrow(/no program `nothing`; this bundle has step, evaluate/);
  });
});
