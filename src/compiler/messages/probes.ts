/** XF0485–XF0494: what probes ask of states and data sets. */

import { defineMessages } from "./define.js";

export const PROBE_NEEDS = defineMessages({
  "state-without-head": {
    code: "XF0485",
    severity: "error",
    message: "`{probe}` reads what the head of `{source}` predicts, and a file of weights does not say its classes",
    label: "of classes that are not known",
    hint: "give a pretrained source (`pretrain(…)`) or a trained state; `logme` needs no head.",
  },
  "probe-wants-one-label": {
    code: "XF0486",
    severity: "error",
    message: "`{probe}` wants one label an image, and those of `{dataset}` have several",
    label: "which class is an image of?",
    hint: "choose a data set of one label, or `fid` and `kid`, which read no labels.",
  },
});
