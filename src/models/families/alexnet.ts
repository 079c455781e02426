/**
 * AlexNet as torchvision builds it (Krizhevsky 2014, "one weird trick"): five convolutions, pooling to 6×6, two hidden
 * linear layers and the head. Parameters: `widths` of the convolutions, `hidden` of both linear layers. In training
 * `drop_rate` drops what each hidden layer reads. Images are 63 px or larger.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf, sizeOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { adaptiveAvgPool } from "../blocks/adaptive-pool.js";
import { dropout, dropRate } from "../blocks/dropout.js";
import { linear, pytorchDefault } from "../blocks/layers.js";
import { checkImage, checkThat, wholeNumber, wholeNumbers } from "../parameters.js";
import type { Mode, ModelFamily, ModelSpec } from "../types.js";

interface Convolution {
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** A 3×3 max-pool of stride 2 comes after its ReLU. */
  readonly pooled: boolean;
}

/** Modules of torchvision's `features` that have weights; the others are ReLUs and pools. */
const CONVOLUTIONS: readonly Convolution[] = [
  { name: "features.0", kernel: 11, stride: 4, padding: 2, pooled: true },
  { name: "features.3", kernel: 5, stride: 1, padding: 2, pooled: true },
  { name: "features.6", kernel: 3, stride: 1, padding: 1, pooled: false },
  { name: "features.8", kernel: 3, stride: 1, padding: 1, pooled: false },
  { name: "features.10", kernel: 3, stride: 1, padding: 1, pooled: true },
];
const HIDDEN = ["classifier.1", "classifier.4"] as const;
const HEAD = "classifier.6";
const POOLED = 6;
/** The least size that leaves a pixel to the last pool, px. */
const LEAST = 63;

function read(spec: ModelSpec) {
  checkImage(spec);
  checkThat(spec, spec.size >= LEAST, `images of ${spec.size} px leave nothing to its last pool; give ${LEAST} px`);
  const widths = wholeNumbers(spec, "widths");
  const count = CONVOLUTIONS.length;
  checkThat(spec, widths.length === count, `\`widths\` has ${widths.length} numbers; it has ${count} convolutions`);
  return { widths, hidden: wholeNumber(spec, "hidden"), dropRate: dropRate(spec, "drop_rate") };
}

function convolve(b: Builder, x: Value, { kernel, stride, padding }: Convolution, width: number): Value {
  const channels = extentOf(x.shape, 1);
  const init = pytorchDefault(channels * kernel * kernel);
  const filter = b.parameter("weight", [width, channels, kernel, kernel], { role: "conv", init });
  const bias = b.parameter("bias", [width], { role: "bias", init });
  return b.add(b.conv2d(x, filter, { stride, padding }), b.reshape(bias, [1, width, 1, 1]));
}

function full(b: Builder, x: Value, name: string, width: number): Value {
  const init = pytorchDefault(extentOf(x.shape, 1));
  return b.scope(name, () => linear(b, x, width, { weight: init, bias: init }));
}

export const alexnet: ModelFamily = {
  id: "alexnet",

  build(b, images, spec, mode: Mode) {
    const net = read(spec);
    const n = extentOf(images.shape, 0);
    const taps = new Map<string, Value>();
    let x = images;
    CONVOLUTIONS.forEach((convolution, index) => {
      x = b.scope(convolution.name, () => convolve(b, x, convolution, net.widths[index] ?? 0));
      taps.set(convolution.name, x);
      x = b.relu(x);
      if (convolution.pooled) x = b.maxPool(x, { window: 3, stride: 2 });
    });
    const maps = adaptiveAvgPool(b, x, POOLED);
    x = b.reshape(maps, [n, sizeOf(maps.shape) / n]);
    HIDDEN.forEach((name, index) => {
      x = dropout(b, x, net.dropRate, { name: `classifier.${3 * index}`, images: n, mode });
      x = full(b, x, name, net.hidden);
      taps.set(name, x);
      x = b.relu(x);
    });
    const logits = full(b, x, HEAD, spec.classes);
    taps.set(HEAD, logits);
    return { logits, pooled: x, taps, withClassToken: new Set() };
  },

  units() {
    const names = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"];
    return [...CONVOLUTIONS.map(({ name }) => name), ...HIDDEN].map((prefix, index) => ({
      name: names[index] ?? prefix,
      prefixes: [prefix],
    }));
  },

  layers() {
    return [...CONVOLUTIONS.map(({ name }) => name), ...HIDDEN, HEAD].map((name) => ({ name, prefixes: [name] }));
  },
};
