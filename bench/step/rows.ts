/** The models that bench/step.ts times, small and as large as the paper's. */

import { resolvePreset } from "../../src/models/presets.js";
import type { ModelSpec } from "../../src/models/types.js";

export interface Row {
  /** What bench/step/pytorch.py calls it: a small model of its own, or timm's name. */
  readonly torch: string;
  readonly model: ModelSpec;
  readonly batch: number;
}

const smallResnet = { block: "basic", blocks: [1, 1, 1], widths: [16, 32, 64], stem: "small" } as const;
const smallVit = { dim: 64, depth: 4, heads: 4, patch: 4, mlp_ratio: 4 } as const;

function small(family: "resnet" | "vit", params: ModelSpec["params"], channels: number, size: number): Row {
  const model = { family, version: 1, params, classes: 10, channels, size };
  return { torch: family, model, batch: 32 };
}

function large(name: string, torch: string): Row {
  const preset = resolvePreset(name);
  if (preset === undefined) throw new Error(`no preset ${name}`);
  const { family, version, params } = preset;
  return { torch, model: { family, version, params, classes: 10, channels: 3, size: 224 }, batch: 8 };
}

export const rows: { readonly [name: string]: () => Row } = {
  resnet: () => small("resnet", smallResnet, 3, 32),
  vit: () => small("vit", smallVit, 3, 32),
  resnet28: () => small("resnet", smallResnet, 1, 28),
  vit28: () => small("vit", smallVit, 1, 28),
  deit_small: () => large("deit_small", "deit_small_patch16_224"),
  resnet50: () => large("resnet50", "resnet50"),
  swin_tiny: () => large("swin_tiny", "swin_tiny_patch4_window7_224"),
  inception_v3: () => large("inception_v3", "inception_v3"),
};
