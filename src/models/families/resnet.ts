/**
 * Residual networks (He et al. 2016; the stride of a bottleneck sits on its 3×3, as in torchvision and timm).
 * Parameters: `blocks` per stage, `widths` per stage, `block` basic or bottleneck (four times as many outputs), `stem`
 * imagenet (7×7 stride 2 and a 3×3 max-pool) or small (3×3 stride 1). The stem is as wide as the first stage. In training
 * `drop_rate` drops pooled features and `drop_path_rate` residual branches, the last block's with that probability.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { dropout, dropPath, dropPathRates, dropRate } from "../blocks/dropout.js";
import { batchNorm2d, linear, ones, pytorchDefault, zeros } from "../blocks/layers.js";
import { checkDepth, checkImage, checkThat, choice, wholeNumbers } from "../parameters.js";
import type { FamilyInit, Mode, ModelFamily, ModelSpec } from "../types.js";

interface Stage {
  readonly name: string;
  readonly blocks: number;
  readonly width: number;
  readonly stride: number;
  /** Of stochastic depth, by block. */
  readonly dropPath: readonly number[];
}
interface ResNet {
  readonly stages: readonly Stage[];
  readonly block: "basic" | "bottleneck";
  readonly stem: "imagenet" | "small";
  readonly stemWidth: number;
  readonly dropRate: number;
}

function read(spec: ModelSpec): ResNet {
  checkImage(spec);
  const blocks = wholeNumbers(spec, "blocks");
  const widths = wholeNumbers(spec, "widths");
  checkThat(
    spec,
    blocks.length === widths.length,
    `\`blocks\` has ${blocks.length} stages and \`widths\` ${widths.length}; give one width a stage`,
  );
  const depth = blocks.reduce((sum, n) => sum + n, 0);
  checkDepth(spec, "blocks", depth);
  const pathRates = dropPathRates(dropRate(spec, "drop_path_rate"), depth);
  const before = (stage: number) => blocks.slice(0, stage).reduce((sum, n) => sum + n, 0);
  return {
    stages: blocks.map((count, index) => ({
      name: `layer${index + 1}`,
      blocks: count,
      width: widths[index] ?? 0,
      stride: index === 0 ? 1 : 2,
      dropPath: pathRates.slice(before(index), before(index + 1)),
    })),
    block: choice(spec, "block", ["basic", "bottleneck"], "basic"),
    stem: choice(spec, "stem", ["imagenet", "small"], "imagenet"),
    stemWidth: widths[0] ?? 0,
    dropRate: dropRate(spec, "drop_rate"),
  };
}

const filterInit: FamilyInit = { kind: "kaiming-normal", fan: "out" };

interface Filter {
  readonly outputs: number;
  readonly size: number;
  readonly stride: number;
}

function conv(b: Builder, name: string, x: Value, { outputs, size, stride }: Filter): Value {
  const filter = b.parameter(`${name}.weight`, [outputs, extentOf(x.shape, 1), size, size], {
    role: "conv",
    init: filterInit,
  });
  return b.conv2d(x, filter, { stride, padding: (size - 1) / 2 });
}

function norm(b: Builder, name: string, x: Value, mode: Mode, scaleInit = ones): Value {
  return b.scope(name, () => batchNorm2d(b, x, mode, scaleInit));
}

/** The convolutions of one block, each followed by its norm and, but for the last, a ReLU. */
function filtersOf(block: ResNet["block"], width: number, stride: number): readonly Filter[] {
  switch (block) {
    case "basic":
      return [
        { outputs: width, size: 3, stride },
        { outputs: width, size: 3, stride: 1 },
      ];
    case "bottleneck":
      return [
        { outputs: width, size: 1, stride: 1 },
        { outputs: width, size: 3, stride },
        { outputs: 4 * width, size: 1, stride: 1 },
      ];
  }
}

interface Block {
  readonly filters: readonly Filter[];
  readonly stride: number;
  readonly dropPath: number;
}

function residualBlock(b: Builder, x: Value, { filters, stride, dropPath: rate }: Block, mode: Mode): Value {
  let y = x;
  filters.forEach((filter, index) => {
    const last = index === filters.length - 1;
    y = conv(b, `conv${index + 1}`, y, filter);
    // timm starts every residual branch at zero
    y = norm(b, `bn${index + 1}`, y, mode, last ? zeros : ones);
    if (!last) y = b.relu(y);
  });
  y = dropPath(b, y, rate, { name: "drop_path", images: extentOf(x.shape, 0), mode });
  const outputs = extentOf(y.shape, 1);
  let shortcut = x;
  if (stride !== 1 || extentOf(x.shape, 1) !== outputs) {
    shortcut = conv(b, "downsample.0", x, { outputs, size: 1, stride });
    shortcut = norm(b, "downsample.1", shortcut, mode);
  }
  return b.relu(b.add(y, shortcut));
}

const blockNames = (stage: Stage): readonly string[] =>
  Array.from({ length: stage.blocks }, (_, index) => `${stage.name}.${index}`);

export const resnet: ModelFamily = {
  id: "resnet",

  build(b, images, spec, mode) {
    const net = read(spec);
    const taps = new Map<string, Value>();
    const small = net.stem === "small";
    const stem = { outputs: net.stemWidth, size: small ? 3 : 7, stride: small ? 1 : 2 };
    let x = conv(b, "conv1", images, stem);
    taps.set("conv1", x);
    x = b.relu(norm(b, "bn1", x, mode));
    if (!small) x = b.maxPool(x, { window: 3, stride: 2, padding: 1 });
    for (const stage of net.stages) {
      blockNames(stage).forEach((name, index) => {
        const stride = index === 0 ? stage.stride : 1;
        const block = {
          filters: filtersOf(net.block, stage.width, stride),
          stride,
          dropPath: stage.dropPath[index] ?? 0,
        };
        x = b.scope(name, () => residualBlock(b, x, block, mode));
        taps.set(name, x);
      });
    }
    const pooled = b.mean(x, { axes: [2, 3] });
    const init = pytorchDefault(extentOf(pooled.shape, 1));
    const kept = dropout(b, pooled, net.dropRate, { name: "head_drop", images: extentOf(images.shape, 0), mode });
    const logits = b.scope("fc", () => linear(b, kept, spec.classes, { weight: init, bias: init }));
    taps.set("fc", logits);
    return { logits, pooled, taps, withClassToken: new Set() };
  },

  units(spec) {
    const stages = read(spec).stages.map(({ name }) => ({ name, prefixes: [name] }));
    return [{ name: "stem", prefixes: ["conv1", "bn1"] }, ...stages];
  },

  layers(spec) {
    return ["conv1", ...read(spec).stages.flatMap(blockNames), "fc"].map((name) => ({ name, prefixes: [name] }));
  },
};
