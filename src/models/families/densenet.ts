/**
 * Densely connected networks (Huang et al. 2017, arXiv:1608.06993; DenseNet-BC), as torchvision's and timm's: every layer
 * reads the maps of all before it in its block and adds `growth` of its own. Parameters: `blocks`, layers of each dense
 * block; `growth`, maps a layer adds; `stem` imagenet (7×7 stride 2 and a 3×3 max-pool) or small (3×3 stride 1). The stem
 * is twice as wide as `growth`, a layer's 1×1 convolution four times; between blocks maps and sides are halved. In training
 * `proj_drop_rate` drops what a layer adds, `drop_rate` pooled features.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { dropout, dropRate } from "../blocks/dropout.js";
import { batchNorm2d, linear, ones, pytorchDefault, zeros } from "../blocks/layers.js";
import { checkDepth, checkImage, checkThat, choice, wholeNumber, wholeNumbers } from "../parameters.js";
import type { FamilyInit, Mode, ModelFamily, ModelSpec } from "../types.js";

/** Outputs of a layer's 1×1 convolution, by `growth`. */
const BOTTLENECK = 4;

interface DenseNet {
  /** Layers of each block. */
  readonly blocks: readonly number[];
  readonly growth: number;
  readonly stem: "imagenet" | "small";
  readonly headDrop: number;
  readonly layerDrop: number;
}

function read(spec: ModelSpec): DenseNet {
  checkImage(spec);
  const blocks = wholeNumbers(spec, "blocks");
  checkDepth(
    spec,
    "blocks",
    blocks.reduce((sum, n) => sum + n, 0),
  );
  const stem = choice(spec, "stem", ["imagenet", "small"], "imagenet");
  // the stem leaves a quarter, rounded up each time; every transition half of that, rounded down
  const side = stem === "small" ? spec.size : Math.ceil(Math.ceil(spec.size / 2) / 2);
  const left = side >> (blocks.length - 1);
  const least = (stem === "small" ? 1 : 4) * 2 ** (blocks.length - 1) - (stem === "small" ? 0 : 3);
  checkThat(spec, left >= 1, `images of ${spec.size} px leave nothing to its last block; give ${least} px`);
  return {
    blocks,
    growth: wholeNumber(spec, "growth"),
    stem,
    headDrop: dropRate(spec, "drop_rate"),
    layerDrop: dropRate(spec, "proj_drop_rate"),
  };
}

const filterInit: FamilyInit = { kind: "kaiming-normal", fan: "in" };

interface Filters {
  readonly outputs: number;
  readonly size: number;
  readonly stride?: number;
}

function conv(b: Builder, name: string, x: Value, { outputs, size, stride = 1 }: Filters): Value {
  const shape = [outputs, extentOf(x.shape, 1), size, size];
  const filter = b.parameter(`${name}.weight`, shape, { role: "conv", init: filterInit });
  return b.conv2d(x, filter, { stride, padding: (size - 1) / 2 });
}

/** A batch norm and a ReLU. */
function active(b: Builder, name: string, x: Value, mode: Mode): Value {
  return b.relu(b.scope(name, () => batchNorm2d(b, x, mode, ones)));
}

/** The maps a layer adds to those it reads. */
function denseLayer(b: Builder, x: Value, { growth, layerDrop }: DenseNet, mode: Mode): Value {
  const narrow = conv(b, "conv1", active(b, "norm1", x, mode), { outputs: BOTTLENECK * growth, size: 1 });
  const added = conv(b, "conv2", active(b, "norm2", narrow, mode), { outputs: growth, size: 3 });
  return dropout(b, added, layerDrop, { name: "drop", images: extentOf(x.shape, 0), mode });
}

function transition(b: Builder, x: Value, mode: Mode): Value {
  const outputs = Math.floor(extentOf(x.shape, 1) / 2);
  return b.avgPool(conv(b, "conv", active(b, "norm", x, mode), { outputs, size: 1 }), { window: 2, stride: 2 });
}

const blockName = (block: number): string => `features.denseblock${block + 1}`;
const transitionName = (block: number): string => `features.transition${block + 1}`;
const layerNames = (block: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, layer) => `${blockName(block)}.denselayer${layer + 1}`);

export const densenet: ModelFamily = {
  id: "densenet",

  build(b, images, spec, mode) {
    const net = read(spec);
    const taps = new Map<string, Value>();
    const small = net.stem === "small";
    const stem = { outputs: 2 * net.growth, size: small ? 3 : 7, stride: small ? 1 : 2 };
    let x = conv(b, "features.conv0", images, stem);
    taps.set("features.conv0", x);
    x = active(b, "features.norm0", x, mode);
    if (!small) x = b.maxPool(x, { window: 3, stride: 2, padding: 1 });
    net.blocks.forEach((count, block) => {
      for (const name of layerNames(block, count)) {
        const added = b.scope(name, () => denseLayer(b, x, net, mode));
        taps.set(name, added);
        x = b.concat([x, added], 1);
      }
      if (block < net.blocks.length - 1) {
        x = b.scope(transitionName(block), () => transition(b, x, mode));
        taps.set(transitionName(block), x);
      }
    });
    x = active(b, "features.norm5", x, mode);
    taps.set("features.norm5", x);
    const pooled = b.mean(x, { axes: [2, 3] });
    const site = { name: "head_drop", images: extentOf(images.shape, 0), mode };
    const kept = dropout(b, pooled, net.headDrop, site);
    const weight = pytorchDefault(extentOf(pooled.shape, 1));
    const logits = b.scope("classifier", () => linear(b, kept, spec.classes, { weight, bias: zeros }));
    taps.set("classifier", logits);
    return { logits, pooled, taps, withClassToken: new Set() };
  },

  units(spec) {
    const { blocks } = read(spec);
    const last = blocks.length - 1;
    return [
      { name: "stem", prefixes: ["features.conv0", "features.norm0"] },
      // what halves a block's maps goes with it, as the norm behind the last one does
      ...blocks.map((_, block) => ({
        name: `denseblock${block + 1}`,
        prefixes: [blockName(block), block === last ? "features.norm5" : transitionName(block)],
      })),
    ];
  },

  layers(spec) {
    const { blocks } = read(spec);
    const inner = blocks.flatMap((count, block) => [
      ...layerNames(block, count),
      ...(block < blocks.length - 1 ? [transitionName(block)] : []),
    ]);
    return ["features.conv0", ...inner, "features.norm5", "classifier"].map((name) => ({ name, prefixes: [name] }));
  },
};
