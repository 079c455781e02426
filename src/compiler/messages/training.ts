/** XF0475 to XF0484 and XF0575 to XF0584: recipes in full: what is trained, how, and what a grid is for. */

import { defineMessages } from "./define.js";

export const TRAINING = defineMessages({
  "nothing-trained": {
    code: "XF0475",
    severity: "error",
    message: "`{recipe}` trains no tensor of {model}",
    label: "{label}",
    hint: "leave something to train: `trainable head`, or `freeze backbone` without the head.",
  },
  "parts-match-nothing": {
    code: "XF0476",
    severity: "error",
    message: "`{setting}` of `{recipe}` matches no tensor of {model}",
    label: "matches nothing, at any point of its axes",
    hint: "`xferc explain FILE {model}` lists the model's units, layers and tensors; a pattern is over whole dotted segments, `*` one and `**` any number.",
  },
  "norm-half-frozen": {
    code: "XF0477",
    severity: "error",
    message: "`{recipe}` freezes a part of the running statistics of `{norm}` in {model}",
    label: "frozen: {frozen}; not frozen: {free}",
    note: "A batch norm with frozen statistics normalizes by them; one that follows the data normalizes by the batch. It cannot do half of each.",
    hint: 'name the norm whole (`"{norm}.**"`), or `buffers`.',
  },
  "layer-decay-per": {
    code: "XF0575",
    severity: "error",
    message: "`layer_decay` goes by units",
    label: "`{got}` here",
    hint: "`layer_decay {value} per unit`: the head has the optimizer's rate, the last unit {value} of it, the unit before that {value} squared.",
  },
  "parts-missing": {
    code: "XF0578",
    severity: "error",
    message: "`{setting}` names no part",
    hint: '`{setting} units[1..3]`, `{setting} backbone`, `{setting} "blocks.*.attn.**"`.',
  },
  "unfreeze-form": {
    code: "XF0576",
    severity: "error",
    message: "`unfreeze` says from where and how often",
    hint: "`unfreeze units from head every 2 epochs`: the head first, then one unit more every two epochs.",
  },
  "unfreeze-scaled": {
    code: "XF0577",
    severity: "error",
    message: "`unfreeze` and `precision fp16` do not go together",
    note: "fp16 skips steps that overflow, and Adam corrects by the steps that each unit really took.",
    hint: "`precision bf16`, which needs no loss scaling.",
  },
});
