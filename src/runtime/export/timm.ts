/** What timm calls a model, and how it makes one: `timm.create_model(architecture, **args)`. */

import { entries } from "../../catalog/index.js";
import { canonicalJson } from "../../compiler/plan/canonical.js";
import { resolvePreset } from "../../models/presets.js";
import type { ModelSpec } from "../../models/types.js";

export interface TimmModel {
  readonly architecture: string;
  /** Beside `num_classes` and `in_chans`. */
  readonly args: { readonly [name: string]: number | readonly number[] };
}

/** Undefined where timm makes no such model (a small stem, three stages). */
export function timmModel(spec: ModelSpec): TimmModel | undefined {
  return named(spec) ?? free(spec);
}

/** One of the catalogue's, under timm's name for it: an alias where it has one. */
function named({ family, params, size }: ModelSpec): TimmModel | undefined {
  for (const { id, aliases } of entries("model")) {
    const preset = resolvePreset(id);
    if (preset?.family !== family || canonicalJson(preset.params) !== canonicalJson(params)) continue;
    const [alias = id] = aliases ?? [];
    return { architecture: alias, args: takesSize(family) && size !== preset.size ? { img_size: size } : {} };
  }
  return undefined;
}

/** Convolutional networks take any image. */
function takesSize(family: string): boolean {
  return family === "vit" || family === "swin";
}

/** Of dimensions of one's own: a model of timm's with others laid over. */
function free({ family, params, size }: ModelSpec): TimmModel | undefined {
  switch (family) {
    case "vit":
      return {
        architecture: "vit_tiny_patch16_224",
        args: {
          img_size: size,
          patch_size: numberOf(params.patch),
          embed_dim: numberOf(params.dim),
          depth: numberOf(params.depth),
          num_heads: numberOf(params.heads),
          mlp_ratio: numberOf(params.mlp_ratio),
        },
      };
    case "swin":
      return {
        architecture: "swin_tiny_patch4_window7_224",
        args: {
          img_size: size,
          patch_size: numberOf(params.patch),
          embed_dim: numberOf(params.dim),
          depths: numbersOf(params.depths),
          num_heads: numbersOf(params.heads),
          window_size: numberOf(params.window),
          mlp_ratio: numberOf(params.mlp_ratio),
        },
      };
    case "resnet": {
      const { blocks, widths, stem, block } = params;
      const isTimms = Array.isArray(blocks) && blocks.length === 4 && Array.isArray(widths) && widths[0] === 64;
      if (!isTimms || stem !== "imagenet") return undefined;
      const architecture = block === "bottleneck" ? "resnet50" : "resnet18";
      return { architecture, args: { layers: blocks, channels: widths } };
    }
    case "densenet":
      return params.stem === "imagenet"
        ? {
            architecture: "densenet121",
            args: { growth_rate: numberOf(params.growth), block_config: numbersOf(params.blocks) },
          }
        : undefined;
    default:
      return undefined;
  }
}

function numbersOf(value: ModelSpec["params"][string] | undefined): readonly number[] {
  return Array.isArray(value) ? value : [];
}

function numberOf(value: ModelSpec["params"][string] | undefined): number {
  return typeof value === "number" ? value : Number.NaN;
}
