/** Vision transformers that share names with ours and are other networks. */

import type { Convention } from "./types.js";

const TRANSFORMER = /^blocks\.0\.attn\.qkv\.weight$/;

export const deitDistilled: Convention = {
  title: "a distilled DeiT",
  signs: [TRANSFORMER, /^(dist_token|head_dist\.weight)$/],
  refuse: {
    names: /^(dist_token|head_dist\.)/,
    why: "is a distilled DeiT: a second token and a second head, another network",
    hint: "take the one without distillation (deit_small_patch16_224, not deit_small_distilled_patch16_224)",
  },
};

export const vitPooledByAverage: Convention = {
  title: "a ViT pooled by average",
  signs: [TRANSFORMER, /^fc_norm\.weight$/],
  refuse: {
    names: /^fc_norm\./,
    why: "is a vision transformer that averages its tokens (`fc_norm`); ours reads the class token",
    hint: "take one with a class token: its last norm is called `norm`",
  },
};

/** Of the first ViTs: a layer before the head, which none of the published classifiers has kept. */
export const vitRepresentation: Convention = {
  title: "ViT with a representation layer",
  signs: [TRANSFORMER, /^pre_logits\./],
  refuse: {
    names: /^pre_logits\./,
    why: "has a layer before its head (`pre_logits`), which changes what the head sees",
    hint: "take a version without it: timm's ones of 2022 and later have none",
  },
};
