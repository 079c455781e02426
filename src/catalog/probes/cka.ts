import type { ProbeEntry } from "../types.js";
import { LAYERS_WITH_LAYERS, ON_TEST, SAMPLE, TWO_STATES } from "./shared.js";

export const cka = {
  kind: "probe",
  id: "cka",
  version: 2,
  doc: "Linear centred kernel alignment of every layer of one state with every layer of another (Kornblith et al. 2019, arXiv:1905.00414), features flattened. Adds the axes `layer` and `layer2`.",
  parameters: {
    ...TWO_STATES,
    estimator: {
      type: "string",
      enum: ["unbiased", "hsic_mean", "batch_mean", "biased"],
      default: "unbiased",
      aliases: { as_published: "batch_mean" },
      description:
        "`unbiased`: over one fixed sample of images (Nguyen et al. 2021); `hsic_mean`: HSIC terms averaged over batches, then divided; `batch_mean`: the batches' ratios averaged, as published code does; `biased`: the plain ratio.",
    },
    images: { ...SAMPLE, minimum: 2, maximum: 1000000, default: 2048 },
    batch: {
      type: "integer",
      minimum: 2,
      maximum: 65536,
      default: 64,
      unit: "images",
      description: "Images a batch, for the estimators that average over batches.",
    },
    on: ON_TEST,
  },
  ...LAYERS_WITH_LAYERS,
  estimator: [],
  cost: { passes: 1, arithmetic: "gram" },
} as const satisfies ProbeEntry;
