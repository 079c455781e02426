import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize } from "./image.js";

const drops = dropParameters("drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate");
const OWN = new Set(["size", "patch", "window", ...Object.keys(drops)]);

export const swin: ModelEntry = {
  kind: "model",
  id: "swin",
  version: 1,
  doc: "Swin transformer (Liu et al. 2021, arXiv:2103.14030) with timm's tensor names: patch embedding, stages of blocks that attend within windows, every second time shifted by half a window, with a bias a relative position; each stage after the first halves the resolution and doubles the width; a last norm, average pooling, one linear head.",
  parameters: {
    dim: {
      type: "integer",
      minimum: 1,
      maximum: 8192,
      unit: "count",
      description: "Width of the tokens in the first stage; each further stage is twice as wide.",
    },
    depths: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 200 },
      minItems: 1,
      maxItems: 6,
      description: "Blocks of each stage.",
    },
    heads: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 256 },
      minItems: 1,
      maxItems: 6,
      description:
        "Attention heads of each stage's blocks, as many numbers as `depths`; each divides its stage's width.",
    },
    window: {
      type: "integer",
      minimum: 1,
      maximum: 32,
      default: 7,
      unit: "count",
      description:
        "Tokens along one side of a window. A map no larger is one window; other maps are filled up with zeros.",
    },
    patch: {
      type: "integer",
      minimum: 1,
      maximum: 256,
      default: 4,
      unit: "px",
      description: "Height and width of a patch; divides `size`.",
    },
    mlp_ratio: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 64,
      default: 4,
      description: "Width of the MLP's hidden layer over the stage's width.",
    },
    ...drops,
    size: imageSize({ least: 8, usual: 224 }),
  },
  required: ["dim", "depths", "heads"],
};

function preset(size: string, dim: number, depths: readonly number[], heads: readonly number[]): ModelEntry {
  const id = `swin_${size}`;
  return {
    kind: "model",
    id,
    version: 1,
    doc: `Swin-${size[0]?.toUpperCase()}: stages of ${depths.join(", ")} blocks, ${dim} wide in the first, windows of 7×7 tokens.`,
    aliases: [`${id}_patch4_window7_224`],
    parameters: Object.fromEntries(Object.entries(swin.parameters).filter(([name]) => OWN.has(name))),
    preset: { of: "swin", params: { dim, depths, heads, mlp_ratio: 4 } },
  };
}

export const swinTiny = preset("tiny", 96, [2, 2, 6, 2], [3, 6, 12, 24]);
export const swinSmall = preset("small", 96, [2, 2, 18, 2], [3, 6, 12, 24]);
export const swinBase = preset("base", 128, [2, 2, 18, 2], [4, 8, 16, 32]);
