/** XF0430 and up: what is wrong once the data, the weights and the models are known. */

import { defineMessages } from "./define.js";

export const PLAN = defineMessages({
  "no-training-steps": {
    code: "XF0431",
    severity: "error",
    message: "this cell would train for 0 steps",
    label: "{label}",
    hint: "{hint}",
  },
});
