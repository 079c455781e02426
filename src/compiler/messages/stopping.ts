/** XF0300, XF0377, XF0378, and XF0960 to XF0963 of the linter: trainings that stop early. */

import { defineMessages } from "./define.js";

export const STOPPING = defineMessages({
  "stop-without-val": {
    code: "XF0300",
    severity: "error",
    message: "`{recipe}` stops early by checks that `{dataset}` has no images for",
    label: "watches `val`, which {dataset} has not",
    hint: "set images aside: `split train: 70%, val: 15%, test: 15%`; or `stop never`.",
  },
  "stop-on-test": {
    code: "XF0377",
    severity: "error",
    message: "`stop early` would end training by the test split",
    label: "watches what `select` chooses by, which is `{metric}` on test",
    note: "The length of a training is chosen like any other number: by images that are not reported on.",
    hint: "`select best({metric}, on: val)`, or `stop never`.",
  },
  "stop-before-kept": {
    code: "XF0378",
    severity: "error",
    message: "`{recipe}` may stop before its checkpoint at {at}",
    label: "after {earliest} steps at the earliest",
    note: "A checkpoint that is a start or a column must be there in every repeat.",
    hint: "keep an earlier one, raise `patience:` or `after:`, or train this one with `stop never`.",
  },
  "early-stop-cuts-short": {
    code: "XF0960",
    severity: "warning",
    message: "`{recipe}` may stop the slower inits of `{experiment}` before they have begun to learn",
    label: "{patience} without improvement can come before {before}",
    note: "Random inits learn more slowly than transferred ones; a difference between them would then be one of patience.",
    hint: "{remedy}, or `stop never` for a comparison of inits.",
  },
  "early-stop-keeps-last": {
    code: "XF0961",
    severity: "warning",
    message: "`{recipe}` keeps the state at which it gave up",
    label: "its best one was {patience} earlier",
    hint: "`select best(target.metric, on: val)` keeps that one.",
  },
  "early-stop-curve-area": {
    code: "XF0962",
    severity: "warning",
    message: "`{measure}` is an area under curves of different lengths",
    label: "`{recipe}` stops early, each training after other steps",
    note: "A mean height over a short curve is not that over a long one, and the length is an outcome itself.",
    hint: "`stop never` where areas are compared; or compare `steps_to(value: …)`.",
  },
  "early-stop-never-acts": {
    code: "XF0963",
    severity: "warning",
    message: "`{recipe}` never stops early",
    label: "needs {least} checks at least; the training has {checks}",
    hint: "check more often (`select … every …`), lower `patience:`, train longer, or leave `stop` out.",
  },
});
