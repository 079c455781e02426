import type { GradientRules } from "./rule.js";

export const training: GradientRules<
  | "batchNorm"
  | "batchNormGrad"
  | "layerNorm"
  | "layerNormGrad"
  | "reluGrad"
  | "geluGrad"
  | "softmax"
  | "softmaxGrad"
  | "logSoftmax"
  | "logSoftmaxGrad"
  | "sumSquares"
  | "adam"
  | "sgd"
> = {
  batchNorm: (c) =>
    c.builder.op("batchNormGrad", c.attributes, [c.dy, c.input(0), c.input(1), c.output(1), c.output(2)]),
  batchNormGrad: "undefined",
  layerNorm: (c) => c.builder.op("layerNormGrad", {}, [c.dy, c.input(0), c.input(1), c.output(1), c.output(2)]),
  layerNormGrad: "undefined",
  reluGrad: (c) => [...c.builder.op("reluGrad", {}, [c.dy, c.input(1)]), undefined],
  geluGrad: "undefined",
  softmax: (c) => c.builder.op("softmaxGrad", {}, [c.dy, c.output(0)]),
  softmaxGrad: "undefined",
  logSoftmax: (c) => c.builder.op("logSoftmaxGrad", {}, [c.dy, c.output(0)]),
  logSoftmaxGrad: "undefined",
  sumSquares: (c) => {
    const twice = c.builder.scale(c.dy, 2);
    return c.inputs.map((x, index) => (c.wants(index) ? c.builder.mul(x, twice) : undefined));
  },
  adam: "undefined",
  sgd: "undefined",
};
