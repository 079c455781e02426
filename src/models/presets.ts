/** Standard sizes by their names in timm and the literature, resolved to a family and its parameters. */

import type { ModelSpec } from "./types.js";

export interface Preset {
  readonly family: string;
  readonly version: number;
  readonly params: ModelSpec["params"];
  /** Height and width of the input, px. */
  readonly size: number;
}

function resnetPreset(block: "basic" | "bottleneck", blocks: readonly number[]): Preset {
  return {
    family: "resnet",
    version: 1,
    params: { block, blocks, widths: [64, 128, 256, 512], stem: "imagenet" },
    size: 224,
  };
}

function vitPreset(dim: number, depth: number, heads: number): Preset {
  return { family: "vit", version: 1, params: { dim, depth, heads, patch: 16, mlp_ratio: 4 }, size: 224 };
}

const resnets = {
  resnet18: resnetPreset("basic", [2, 2, 2, 2]),
  resnet34: resnetPreset("basic", [3, 4, 6, 3]),
  resnet50: resnetPreset("bottleneck", [3, 4, 6, 3]),
  resnet101: resnetPreset("bottleneck", [3, 4, 23, 3]),
  resnet152: resnetPreset("bottleneck", [3, 8, 36, 3]),
};
const transformers = {
  tiny: vitPreset(192, 12, 3),
  small: vitPreset(384, 12, 6),
  base: vitPreset(768, 12, 12),
};

/** Preset by id; each transformer under four: `vit_small`, `vit_small_patch16_224`, and the same with `deit`. */
export const presets: ReadonlyMap<string, Preset> = new Map([
  ...Object.entries(resnets),
  ...Object.entries(transformers).flatMap(([size, preset]) =>
    ["vit", "deit"].flatMap((name): [string, Preset][] => [
      [`${name}_${size}`, preset],
      [`${name}_${size}_patch16_224`, preset],
    ]),
  ),
]);

/** Family, parameters and input size of a named model, or `undefined` where no preset has that name. */
export function resolvePreset(id: string): Preset | undefined {
  return presets.get(id);
}
