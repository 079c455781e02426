import type { CatalogEntry } from "../types.js";

const ema: CatalogEntry = {
  kind: "average",
  id: "ema",
  version: 1,
  doc: "Exponential moving average of the weights and running statistics: after every step decay · average + (1 − decay) · weights, from the weights training begins with (timm's ModelEmaV2). Checks and the states a training leaves are of the average.",
  parameters: {
    decay: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.9998,
      description: "How much of the average stays after a step.",
    },
  },
  positional: ["decay"],
};

export const AVERAGES = [ema] as const;
