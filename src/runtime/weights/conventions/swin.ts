/**
 * Swin transformers as first published keep masks and index tables beside the weights, and count a stage's downsampling
 * to the stage before it; timm counts it to the stage after, and calls the head's layer `head.fc`.
 */

import type { Convention } from "./types.js";

const BIAS_TABLE = /^layers\.0\.blocks\.0\.attn\.relative_position_bias_table$/;

/** Masks and index tables follow from sizes; timm makes them anew. */
export const swinTables: Convention = {
  title: "Swin",
  signs: [BIAS_TABLE, /\.(relative_position_index|attn_mask)$/],
  drop: [{ names: /\.(relative_position_index|attn_mask)$/, why: "made anew from the sizes" }],
};

export const swinAsPublished: Convention = {
  title: "Swin as first published",
  signs: [BIAS_TABLE, /^layers\.0\.downsample\./],
  rename: [
    { from: /^layers\.(\d+)\.downsample\./, to: (stage) => `layers.${Number(stage) + 1}.downsample.` },
    { from: /^head\.(weight|bias)$/, to: (tensor) => `head.fc.${tensor}` },
  ],
};
