/** XF09xx: methodology. Names are the rules', as `// xfer-ignore` writes them. */

import { defineMessages } from "./define.js";

export const LINT = defineMessages({
  "select-on-test": {
    code: "XF0901",
    severity: "warning",
    message: "`{recipe}` chooses its state by the test split",
    note: "The number reported on `test` is then the best of many: it promises more than new data will keep.",
    hint: "select on `val` and report on `test`.",
  },
  "unused-axis": {
    code: "XF0902",
    severity: "warning",
    message: "nothing reads the axis `{axis}`",
    label: "varies, but no line depends on it",
    note: "All its points would be the same cells under different names.",
    hint: "use it in a slot or a measure, or remove it.",
  },
  "few-repeats": {
    code: "XF0903",
    severity: "warning",
    message: "`band {band}` is drawn over {repeats}",
    note: "A spread needs repeats to be one; an interval over so few says next to nothing.",
    hint: "set `repeats` to {least} or more, or leave the band out.",
  },
  "warmup-longer-than-training": {
    code: "XF0904",
    severity: "warning",
    message: "in `{recipe}` the warm-up of {warmup} outlasts the training of {training}",
    note: "The learning rate never reaches its value.",
    hint: "shorten the warm-up.",
  },
  "average-over-models": {
    code: "XF0905",
    severity: "warning",
    message: "`{name}` averages over models at the same `n`",
    note: "Unit 3 of one architecture is another depth than unit 3 of the next; the mean mixes them.",
    hint: "keep `model` as a row, column or facet, or put the relative depth `n / model.units` on the axis.",
  },
  "cka-small-batch": {
    code: "XF0906",
    severity: "warning",
    message: "CKA over {size} images at a time",
    note: "The unbiased estimator needs {least} at least, and is steady only from some hundred on.",
    hint: "raise `{name}:`.",
  },
  "epochs-across-labels": {
    code: "XF0907",
    severity: "warning",
    message: "`{recipe}` trains for epochs while the labels of `{experiment}` vary",
    note: "Fewer labels are then fewer steps too, and the curve shows both.",
    hint: "give `for` in steps: `finetune with { for 20_000 steps }`.",
  },
  "ignore-unused": {
    code: "XF0990",
    severity: "warning",
    message: "this `xfer-ignore {rule}` silences nothing",
    hint: "remove it.",
  },
  "ignore-unknown-rule": {
    code: "XF0991",
    severity: "warning",
    message: "there is no rule `{rule}`",
  },
  "ignore-without-reason": {
    code: "XF0992",
    severity: "warning",
    message: "an ignore says why",
    hint: "write `// xfer-ignore {rule}: the reason`.",
  },
});
