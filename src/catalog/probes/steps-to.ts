import type { ProbeEntry } from "../types.js";
import { BY_HISTORY, OF_CHECKS } from "./shared.js";

export const stepsTo = {
  kind: "probe",
  id: "steps_to",
  version: 2,
  doc: "The first check, in steps, at which the metric reaches `value`, or `share_of_best` of the best it ever reaches. Read off the history of training. Where a training never reaches `value` the number is not known, only that it is greater than the last check: `not reached`, which is no failure.",
  parameters: {
    share_of_best: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      unit: "fraction",
      description: "Share of the best check's metric: `95%`.",
    },
    value: { type: "number", description: "The metric's value to reach." },
    count: {
      type: "string",
      enum: ["steps", "images"],
      description: "What is counted: optimizer steps (as where nothing is written), or the images they saw.",
    },
    ...OF_CHECKS,
  },
  ...BY_HISTORY,
  range: [0, null],
  oneOf: ["value", "share_of_best"],
  estimator: ["share_of_best", "value", "count"],
} as const satisfies ProbeEntry;
