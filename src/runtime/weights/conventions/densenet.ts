/** The DenseNets torchvision published have two norms and two convolutions a layer as `norm.1`, `conv.2`. */

import type { Convention } from "./types.js";

const INNER = /(^|\.)(denselayer\d+)\.(norm|conv)\.([12])\./;

export const densenetOfTorchvision: Convention = {
  title: "DenseNet of torchvision",
  signs: [INNER],
  rename: [{ from: INNER, to: (before, layer, kind, index) => `${before}${layer}.${kind}${index}.` }],
};
