/** What a plug-in's model is handed beside the builder: the layers that built-in families are made of. */

import { type DropSite, dropout, dropPath, dropPathRates } from "../../models/blocks/dropout.js";
import { batchNorm2d, layerNorm, linear, ones, pytorchDefault, zeros } from "../../models/blocks/layers.js";
import { embedPatches } from "../../models/blocks/patches.js";

export const MODEL_LAYERS = {
  linear,
  batchNorm2d,
  layerNorm,
  embedPatches,
  dropout,
  dropPath,
  dropPathRates,
  pytorchDefault,
  zeros,
  ones,
} as const;

export type ModelLayers = typeof MODEL_LAYERS;
export type { DropSite };
