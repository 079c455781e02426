/** XF0585–XF0594: changed models, and what they take from their parents. */

import { defineMessages } from "./define.js";

export const MODEL_CHANGES = defineMessages({
  "model-change-empty": {
    code: "XF0585",
    severity: "error",
    message: "`with` changes nothing of `{model}`",
    label: "an empty block",
    hint: 'write `with { width 50% on "layer4" }`, or leave `with` away',
  },
  "width-share": {
    code: "XF0586",
    severity: "error",
    message: "`width` is a percentage of the channels there are",
    label: "from above 0 % to 1600 %",
    hint: 'write `width 50% on "layer3", "layer4"`',
  },
  "width-of-family": {
    code: "XF0587",
    severity: "error",
    message: "`{family}` has no widths that could be changed one by one",
    label: "not of this family",
    hint: "{hint}",
  },
  "width-of-no-part": {
    code: "XF0588",
    severity: "error",
    message: "`{model}` has no width of that name",
    label: "no part with a width of its own",
    hint: "there are {parts}",
  },
  "parent-of-nothing": {
    code: "XF0589",
    severity: "error",
    message: "`from:` names a model whose tensors are taken, not {got}",
    label: "a declared model is wanted here",
    hint: "write `transfer(from: resnet50)`, where the source has `resnet50`",
  },
  "parents-of-one-init": {
    code: "XF0590",
    severity: "error",
    message: "an init takes from one model of its source",
    label: "from another one",
    hint: "say the same `from:` in every `transfer` and `stats` of the init; in `S with { … }` name a state instead",
  },
});
