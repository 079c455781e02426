import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/models/parameters.js";
import { resolvePreset } from "../../src/models/presets.js";
import { isUnder, traceModel } from "../../src/models/trace.js";
import type { FamilyInit, ModelInfo, ModelSpec } from "../../src/models/types.js";
import { sizeOf } from "../../src/program/shape.js";
import type { Shape } from "../../src/program/types.js";
import { timmGoldens } from "../support/goldens.js";

function preset(name: string): ModelSpec {
  const found = resolvePreset(name);
  if (found === undefined) throw new Error(`no preset ${name}`);
  return { ...found, classes: 1000, channels: 3 };
}

const smallResNet: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 2], widths: [16, 32], stem: "small" },
  classes: 10,
  channels: 1,
  size: 28,
};
const smallViT: ModelSpec = {
  family: "vit",
  version: 1,
  params: { dim: 64, depth: 4, heads: 4, patch: 7 },
  classes: 10,
  channels: 1,
  size: 28,
};

const smallSwin: ModelSpec = {
  family: "swin",
  version: 1,
  params: { dim: 16, depths: [2, 1], heads: [2, 4], window: 4, patch: 2 },
  classes: 10,
  channels: 1,
  size: 20,
};
const inception: ModelSpec = {
  family: "inception",
  version: 1,
  params: {},
  classes: 10,
  channels: 1,
  size: 75,
};

/** Standard deviation and greatest magnitude to expect of many draws. */
function drawsOf(init: FamilyInit, shape: Shape): { std: number; bound: number } {
  switch (init.kind) {
    case "constant":
      return { std: 0, bound: Math.abs(init.value) };
    case "normal":
      return { std: init.std, bound: 6 * init.std };
    case "truncated-normal":
      // timm cuts at ±2, and its float32 sampler now and then lands there
      return { std: init.std, bound: 2 };
    case "kaiming-normal": {
      const fan = init.fan === "out" ? sizeOf(shape) / (shape[1] ?? 1) : sizeOf(shape.slice(1));
      return { std: Math.sqrt(2 / fan), bound: 6 * Math.sqrt(2 / fan) };
    }
    case "uniform":
      return { std: init.bound / Math.sqrt(3), bound: init.bound };
  }
}

describe("timm's models", () => {
  it.each(timmGoldens.map((golden) => [golden.name, golden] as const))("%s has timm's tensors", (name, golden) => {
    const info = traceModel(preset(name));
    expect(info.parameterCount).toBe(golden.parameters);
    expect(info.tensors).toHaveLength(golden.tensorCount);
    if (golden.tensors.length === 0) return;
    expect(info.tensors.map((tensor) => [tensor.name, tensor.shape])).toEqual(
      golden.tensors.map((tensor) => [tensor.name, tensor.shape]),
    );
  });

  const described = timmGoldens.filter(({ tensors }) => tensors.length > 0);
  it.each(described.map((golden) => [golden.name, golden] as const))("%s starts as timm starts it", (name, golden) => {
    const tensors = new Map(traceModel(preset(name)).tensors.map((tensor) => [tensor.name, tensor]));
    for (const { name: tensor, shape, std, largest } of golden.tensors) {
      const init = tensors.get(tensor)?.init;
      if (init === undefined) throw new Error(`${tensor} is not traced`);
      const expected = drawsOf(init, shape);
      expect(largest, tensor).toBeLessThanOrEqual(expected.bound * 1.001);
      // the sampling error of a standard deviation is some 1/√(2n); 1 % for a value at timm's cut
      const tolerance = expected.std * (0.01 + 4 / Math.sqrt(2 * sizeOf(shape)));
      expect(Math.abs(std - expected.std), tensor).toBeLessThanOrEqual(tolerance);
      if (init.kind === "constant") expect(largest, tensor).toBe(Math.abs(init.value));
    }
  });

  it("costs what the literature says", () => {
    const macs = (name: string) => traceModel(preset(name)).forwardFlops / 2e9;
    expect(macs("resnet18")).toBeCloseTo(1.81, 2);
    expect(macs("resnet50")).toBeCloseTo(4.09, 2);
    expect(macs("deit_small")).toBeCloseTo(4.6, 2);
    expect(macs("inception_v3")).toBeCloseTo(5.71, 2);
    expect(macs("swin_tiny")).toBeCloseTo(4.49, 2);
  });

  it("knows timm's longer names", () => {
    expect(resolvePreset("deit_small_patch16_224")).toEqual(resolvePreset("vit_small"));
    expect(resolvePreset("resnet18_patch16_224")).toBeUndefined();
    expect(resolvePreset("swin_base_patch4_window7_224")).toEqual(resolvePreset("swin_base"));
  });
});

function expectPartition(info: ModelInfo): void {
  const inUnits = info.units.flatMap(({ tensors }) => tensors);
  const backbone = info.tensors.filter(({ place }) => place.kind === "unit").map(({ name }) => name);
  expect([...inUnits].sort()).toEqual([...backbone].sort());
  expect(new Set(inUnits).size).toBe(inUnits.length);
}

describe("units and layers", () => {
  it("of a ResNet are the stem and the stages; conv1, every block, and the head", () => {
    const info = traceModel(smallResNet);
    expect(info.units.map(({ name }) => name)).toEqual(["stem", "layer1", "layer2"]);
    expect(info.units[0]?.tensors).toEqual([
      "conv1.weight",
      "bn1.weight",
      "bn1.bias",
      "bn1.running_mean",
      "bn1.running_var",
      "bn1.num_batches_tracked",
    ]);
    expect(info.layers.map(({ name, shape }) => [name, shape])).toEqual([
      ["conv1", [16, 28, 28]],
      ["layer1.0", [16, 28, 28]],
      ["layer2.0", [32, 14, 14]],
      ["layer2.1", [32, 14, 14]],
      ["fc", [10]],
    ]);
    expectPartition(info);
  });

  it("of a transformer are the embedding and the blocks, the last with the final norm; attention and MLP of each", () => {
    const info = traceModel(smallViT);
    expect(info.units.map(({ name }) => name)).toEqual(["patch_embed", "blocks.0", "blocks.1", "blocks.2", "blocks.3"]);
    expect(info.units[0]?.tensors).toEqual([
      "cls_token",
      "pos_embed",
      "patch_embed.proj.weight",
      "patch_embed.proj.bias",
    ]);
    expect(info.units[4]?.tensors).toContain("norm.weight");
    expect(info.layers.map(({ name }) => name).slice(0, 4)).toEqual([
      "patch_embed",
      "blocks.0.attn",
      "blocks.0.mlp",
      "blocks.1.attn",
    ]);
    expect(info.layers.at(-1)?.tensors).toEqual(["head.weight", "head.bias"]);
    expect(info.layers[0]?.shape).toEqual([16, 64]);
    expect(info.layers[1]?.shape).toEqual([17, 64]);
    expectPartition(info);
  });

  it("of Inception are its stem in four, and the blocks of each resolution; every convolution and block, and the head", () => {
    const info = traceModel(inception);
    const names = ["Conv2d_1a", "Conv2d_2", "Conv2d_3b", "Conv2d_4a", "Mixed_5", "Mixed_6", "Mixed_7"];
    expect(info.units.map(({ name }) => name)).toEqual(names);
    const modules = (unit: number) => new Set(info.units[unit]?.tensors.map((name) => name.split(".")[0]));
    expect(modules(1)).toEqual(new Set(["Conv2d_2a_3x3", "Conv2d_2b_3x3"]));
    expect(modules(5)).toEqual(new Set(["Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"]));
    expect(info.layers.map(({ name }) => name).slice(0, 6)).toEqual([
      "Conv2d_1a_3x3",
      "Conv2d_2a_3x3",
      "Conv2d_2b_3x3",
      "Conv2d_3b_1x1",
      "Conv2d_4a_3x3",
      "Mixed_5b",
    ]);
    expect(info.layers.slice(-2).map(({ name, shape }) => [name, shape])).toEqual([
      ["Mixed_7c", [2048, 1, 1]],
      ["fc", [10]],
    ]);
    expectPartition(info);
  });

  it("of Swin are the embedding and every block, with the merging after it; attention and MLP of each, as maps", () => {
    const info = traceModel(smallSwin);
    const blocks = ["layers.0.blocks.0", "layers.0.blocks.1", "layers.1.blocks.0"];
    expect(info.units.map(({ name }) => name)).toEqual(["patch_embed", ...blocks]);
    expect(info.units[0]?.tensors).toContain("patch_embed.norm.weight");
    expect(info.units[2]?.tensors.slice(0, 2)).toEqual([
      "layers.0.blocks.1.norm1.weight",
      "layers.0.blocks.1.norm1.bias",
    ]);
    expect(info.units[2]?.tensors).toContain("layers.1.downsample.reduction.weight");
    expect(info.units[3]?.tensors).not.toContain("layers.1.downsample.reduction.weight");
    expect(info.units[3]?.tensors).toContain("norm.bias");
    expect(info.layers.map(({ name, shape }) => [name, shape])).toEqual([
      ["patch_embed", [10, 10, 16]],
      ["layers.0.blocks.0.attn", [10, 10, 16]],
      ["layers.0.blocks.0.mlp", [10, 10, 16]],
      ["layers.0.blocks.1.attn", [10, 10, 16]],
      ["layers.0.blocks.1.mlp", [10, 10, 16]],
      ["layers.1.blocks.0.attn", [5, 5, 32]],
      ["layers.1.blocks.0.mlp", [5, 5, 32]],
      ["head", [10]],
    ]);
    expect(info.layers[1]?.tensors[0]).toBe("layers.0.blocks.0.attn.relative_position_bias_table");
    expectPartition(info);
  });

  it("match whole segments, so `fc` is not `mlp.fc1`", () => {
    expect(isUnder("blocks.1.mlp.fc1.weight", "blocks.1")).toBe(true);
    expect(isUnder("blocks.10.mlp.fc1.weight", "blocks.1")).toBe(false);
    expect(isUnder("fc1.weight", "fc")).toBe(false);
  });

  it("put the head in no unit", () => {
    const heads = traceModel(smallResNet).tensors.filter(({ place }) => place.kind === "head");
    expect(heads.map(({ name }) => name)).toEqual(["fc.weight", "fc.bias"]);
  });
});

describe("tracing", () => {
  it("remembers by meaning, whatever the order of the parameters", () => {
    const { blocks, widths, stem } = { blocks: [1, 2], widths: [16, 32], stem: "small" };
    expect(traceModel({ ...smallResNet, params: { stem, widths, blocks } })).toBe(traceModel(smallResNet));
    expect(traceModel({ ...smallResNet, classes: 11 })).not.toBe(traceModel(smallResNet));
  });

  it.each<[string, ModelSpec, RegExp]>([
    [
      "heads that do not divide",
      { ...smallViT, params: { ...smallViT.params, heads: 5 } },
      /`dim` 64 is not divisible by `heads` 5/,
    ],
    ["a patch that does not fit", { ...smallViT, size: 30 }, /`size` 30 px is not divisible by `patch` 7 px/],
    ["unequal lists", { ...smallResNet, params: { blocks: [1, 2], widths: [8] } }, /2 stages and `widths` 1/],
    ["no list", { ...smallResNet, params: { blocks: [], widths: [8] } }, /`blocks` must be a list/],
    ["an absurd depth", { ...smallViT, params: { ...smallViT.params, depth: 5000 } }, /at most 1024/],
    ["an unknown block", { ...smallResNet, params: { ...smallResNet.params, block: "wide" } }, /basic or bottleneck/],
    [
      "an unknown family",
      { ...smallViT, family: "vgg" },
      /no model family `vgg`; there is resnet, densenet, inception, inception_fid, vit/,
    ],
    [
      "heads that do not divide a stage",
      { ...smallSwin, params: { ...smallSwin.params, heads: [2, 5] } },
      /stage 2 is 32 wide, not divisible by its 5 `heads`/,
    ],
    [
      "heads of other stages",
      { ...smallSwin, params: { ...smallSwin.params, heads: [2] } },
      /`depths` has 2 stages and `heads` 1/,
    ],
    ["more stages than tokens", { ...smallSwin, size: 2 }, /`size` 2 px leaves no token to its last stage; give 4 px/],
    ["a width without bound", { ...smallSwin, params: { ...smallSwin.params, dim: 65_536 } }, /doubles to more than/],
    ["images too small for its blocks", { ...inception, size: 74 }, /images of 74 px leave nothing.*give 75 px/],
    ["an empty image", { ...smallViT, size: 0 }, /`size` must be from 1/],
  ])("refuses %s", (_, spec, message) => {
    expect(() => traceModel(spec)).toThrow(ModelError);
    expect(() => traceModel(spec)).toThrow(message);
  });
});
