import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize } from "./image.js";

const drops = dropParameters("drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate");

export const vit: ModelEntry = {
  kind: "model",
  id: "vit",
  version: 1,
  doc: "Vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) with timm's tensor names: patch embedding, class token and learned positions, pre-norm blocks of attention and MLP, a last norm, one linear head on the class token.",
  parameters: {
    dim: {
      type: "integer",
      minimum: 1,
      maximum: 8192,
      unit: "count",
      description: "Width of the tokens; a multiple of `heads`.",
    },
    depth: { type: "integer", minimum: 1, maximum: 200, unit: "count", description: "Blocks." },
    heads: { type: "integer", minimum: 1, maximum: 128, unit: "count", description: "Attention heads of each block." },
    patch: {
      type: "integer",
      minimum: 1,
      maximum: 256,
      default: 16,
      unit: "px",
      description: "Height and width of a patch; divides `size`.",
    },
    mlp_ratio: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 64,
      default: 4,
      description: "Width of the MLP's hidden layer over `dim`.",
    },
    size: imageSize({ least: 8, usual: 224 }),
    ...drops,
  },
  required: ["dim", "depth", "heads"],
};

function preset(id: string, dim: number, heads: number, doc: string): ModelEntry {
  return {
    kind: "model",
    id,
    version: 1,
    doc,
    aliases: [`${id}_patch16_224`],
    parameters: Object.fromEntries(
      Object.entries(vit.parameters).filter(([name]) => name === "size" || name === "patch" || name in drops),
    ),
    preset: { of: "vit", params: { dim, depth: 12, heads, mlp_ratio: 4 } },
  };
}

export const vitTiny = preset("vit_tiny", 192, 3, "ViT-Ti/16: 12 blocks, 192 wide, 3 heads.");
export const vitSmall = preset("vit_small", 384, 6, "ViT-S/16: 12 blocks, 384 wide, 6 heads.");
export const vitBase = preset("vit_base", 768, 12, "ViT-B/16: 12 blocks, 768 wide, 12 heads.");
export const deitTiny = preset("deit_tiny", 192, 3, "DeiT-Ti/16 without distillation: the arithmetic of `vit_tiny`.");
export const deitSmall = preset("deit_small", 384, 6, "DeiT-S/16 without distillation: the arithmetic of `vit_small`.");
export const deitBase = preset("deit_base", 768, 12, "DeiT-B/16 without distillation: the arithmetic of `vit_base`.");
