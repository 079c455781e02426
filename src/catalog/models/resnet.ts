import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize, STEM } from "./image.js";

const drops = dropParameters("drop_rate", "drop_path_rate");

export const resnet: ModelEntry = {
  kind: "model",
  id: "resnet",
  version: 1,
  doc: "Residual network (He et al. 2016, arXiv:1512.03385) with timm's tensor names: a stem, one stage a number in `blocks`, average pooling, one linear head. Each stage after the first halves the resolution.",
  parameters: {
    blocks: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 200 },
      minItems: 1,
      maxItems: 8,
      description: "Residual blocks of each stage.",
    },
    widths: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 8192 },
      minItems: 1,
      maxItems: 8,
      description:
        "Channels of each stage's 3×3 convolutions, as many as `blocks`; a bottleneck puts out four times as many.",
    },
    block: {
      type: "string",
      enum: ["basic", "bottleneck"],
      default: "basic",
      description: "Two 3×3 convolutions, or 1×1, 3×3, 1×1.",
    },
    stem: STEM,
    size: imageSize({ least: 8, usual: 224 }),
    ...drops,
  },
  required: ["blocks", "widths"],
  widths: { parameter: "widths", parts: "layer{n}" },
};

function preset(id: string, blocks: readonly number[], block: "basic" | "bottleneck"): ModelEntry {
  return {
    kind: "model",
    id,
    version: 1,
    doc: `The ${id.replace("resnet", "ResNet-")} of the paper: \`resnet\` with ${block} blocks ${blocks.join(", ")} and the ImageNet stem.`,
    parameters: pick(["stem", "size", ...Object.keys(drops)]),
    preset: { of: "resnet", params: { blocks, widths: [64, 128, 256, 512], block } },
  };
}

function pick(names: readonly string[]): ModelEntry["parameters"] {
  return Object.fromEntries(Object.entries(resnet.parameters).filter(([name]) => names.includes(name)));
}

export const resnet18 = preset("resnet18", [2, 2, 2, 2], "basic");
export const resnet34 = preset("resnet34", [3, 4, 6, 3], "basic");
export const resnet50 = preset("resnet50", [3, 4, 6, 3], "bottleneck");
export const resnet101 = preset("resnet101", [3, 4, 23, 3], "bottleneck");
export const resnet152 = preset("resnet152", [3, 8, 36, 3], "bottleneck");
