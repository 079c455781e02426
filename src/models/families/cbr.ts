/**
 * The small networks of Transfusion (Raghu et al. 2019): blocks of convolution, batch norm, ReLU and a 3×3 max-pool of
 * stride 2, then the mean over space and one linear head. Parameters: `widths`, one a block; `kernel`, odd.
 */

import { extentOf } from "../../program/shape.js";
import type { Value } from "../../program/types.js";
import { dropout, dropRate } from "../blocks/dropout.js";
import { batchNorm2d, linear, ones, pytorchDefault } from "../blocks/layers.js";
import { checkDepth, checkImage, checkThat, wholeNumber, wholeNumbers } from "../parameters.js";
import type { ModelFamily, ModelSpec } from "../types.js";

function read(spec: ModelSpec) {
  checkImage(spec);
  const widths = wholeNumbers(spec, "widths");
  checkDepth(spec, "widths", widths.length);
  const kernel = wholeNumber(spec, "kernel", 31);
  checkThat(spec, kernel % 2 === 1, `\`kernel\` must be odd, not ${kernel}: an even window has no middle`);
  return { widths, kernel, dropRate: dropRate(spec, "drop_rate") };
}

export const cbr: ModelFamily = {
  id: "cbr",

  build(b, images, spec, mode) {
    const net = read(spec);
    const taps = new Map<string, Value>();
    let x = images;
    net.widths.forEach((width, index) => {
      const [conv, bn] = [`conv${index + 1}`, `bn${index + 1}`];
      const filter = b.parameter(`${conv}.weight`, [width, extentOf(x.shape, 1), net.kernel, net.kernel], {
        role: "conv",
        init: { kind: "kaiming-normal", fan: "in" },
      });
      x = b.conv2d(x, filter, { stride: 1, padding: (net.kernel - 1) / 2 });
      taps.set(conv, x);
      const normed = x;
      x = b.relu(b.scope(bn, () => batchNorm2d(b, normed, mode, ones)));
      x = b.maxPool(x, { window: 3, stride: 2, padding: 1 });
    });
    const pooled = b.mean(x, { axes: [2, 3] });
    const kept = dropout(b, pooled, net.dropRate, { name: "head_drop", images: extentOf(images.shape, 0), mode });
    const init = pytorchDefault(extentOf(pooled.shape, 1));
    const logits = b.scope("fc", () => linear(b, kept, spec.classes, { weight: init, bias: init }));
    taps.set("fc", logits);
    return { logits, pooled, taps, withClassToken: new Set() };
  },

  units(spec) {
    return read(spec).widths.map((_, index) => ({
      name: `block${index + 1}`,
      prefixes: [`conv${index + 1}`, `bn${index + 1}`],
    }));
  },

  layers(spec) {
    return [...read(spec).widths.map((_, index) => `conv${index + 1}`), "fc"].map((name) => ({
      name,
      prefixes: [name],
    }));
  },
};
