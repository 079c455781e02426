/**
 * Inception-v3 (Szegedy et al. 2016) without its auxiliary head, as timm's `inception_v3`, and as TensorFlow's release of
 * 2015-12-05 runs, by which FID is told. They have the same tensors and no parameters; images are 75 px or larger.
 */

import type { Builder } from "../../program/builder.js";
import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { dropout, dropRate } from "../blocks/dropout.js";
import { linear, pytorchDefault } from "../blocks/layers.js";
import { checkImage, checkThat } from "../parameters.js";
import type { ModelFamily, ModelSpec } from "../types.js";
import {
  averaged,
  averagedInside,
  type Block,
  type Convolve,
  convolutionsOf,
  type Filters,
  maximal,
  mixed5,
  mixed6,
  mixed6a,
  mixed7,
  mixed7a,
  type Smooth,
  weights,
} from "./inception-blocks.js";

/** The least size that leaves a pixel to the last blocks, px. */
const LEAST = 75;

function check(spec: ModelSpec): void {
  checkImage(spec);
  checkThat(spec, spec.size >= LEAST, `images of ${spec.size} px leave nothing to its last blocks; give ${LEAST} px`);
}

interface Step {
  readonly name: string;
  /** `pooled`: a 3×3 max-pool of stride 2 comes before the module. */
  readonly input: "plain" | "pooled";
  run(b: Builder, conv: Convolve, x: Value): Value;
}

function stem(name: string, filters: Filters, input: Step["input"] = "plain"): Step {
  return { name, input, run: (_, conv, x) => conv(name, x, filters) };
}

function mixed(name: string, block: Block, input: Step["input"] = "plain"): Step {
  return { name, input, run: (b, conv, x) => b.scope(name, () => block(b, conv, x)) };
}

/** `last`: the pool of the last block. */
const stepsOf = (smooth: Smooth, last: Smooth): readonly Step[] => [
  stem("Conv2d_1a_3x3", { count: 32, kernel: 3, stride: 2 }),
  stem("Conv2d_2a_3x3", { count: 32, kernel: 3 }),
  stem("Conv2d_2b_3x3", { count: 64, kernel: 3, padding: "same" }),
  stem("Conv2d_3b_1x1", { count: 80 }, "pooled"),
  stem("Conv2d_4a_3x3", { count: 192, kernel: 3 }),
  mixed("Mixed_5b", mixed5(32, smooth), "pooled"),
  mixed("Mixed_5c", mixed5(64, smooth)),
  mixed("Mixed_5d", mixed5(64, smooth)),
  mixed("Mixed_6a", mixed6a),
  mixed("Mixed_6b", mixed6(128, smooth)),
  mixed("Mixed_6c", mixed6(160, smooth)),
  mixed("Mixed_6d", mixed6(160, smooth)),
  mixed("Mixed_6e", mixed6(192, smooth)),
  mixed("Mixed_7a", mixed7a),
  mixed("Mixed_7b", mixed7(smooth)),
  mixed("Mixed_7c", mixed7(last)),
];

/** A unit's modules are those whose names begin with its own. */
const UNITS = ["Conv2d_1a", "Conv2d_2", "Conv2d_3b", "Conv2d_4a", "Mixed_5", "Mixed_6", "Mixed_7"];

const familyOf = (id: string, steps: readonly Step[]): ModelFamily => ({
  id,

  build(b, images, spec, mode) {
    check(spec);
    const conv = convolutionsOf(b, mode);
    const taps = new Map<string, Value>();
    let x = images;
    for (const step of steps) {
      const input = step.input === "pooled" ? b.maxPool(x, { window: 3, stride: 2 }) : x;
      x = step.run(b, conv, input);
      taps.set(step.name, x);
    }
    const pooled = b.mean(x, { axes: [2, 3] });
    const site = { name: "head_drop", images: extentOf(images.shape, 0), mode };
    const kept = dropout(b, pooled, dropRate(spec, "drop_rate"), site);
    const bias = pytorchDefault(extentOf(pooled.shape, 1));
    const logits = b.scope("fc", () => linear(b, kept, spec.classes, { weight: weights, bias }));
    taps.set("fc", logits);
    return { logits, pooled, taps, withClassToken: new Set() };
  },

  units(spec) {
    check(spec);
    return UNITS.map((name) => ({
      name,
      prefixes: steps.flatMap((step) => (step.name.startsWith(name) ? [step.name] : [])),
    }));
  },

  layers(spec) {
    check(spec);
    return [...steps.map(({ name }) => name), "fc"].map((name) => ({ name, prefixes: [name] }));
  },
});

export const inception = familyOf("inception", stepsOf(averaged, averaged));
export const inceptionFid = familyOf("inception_fid", stepsOf(averagedInside, maximal));
