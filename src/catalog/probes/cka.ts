import type { ProbeEntry } from "../types.js";

export const cka = {
  kind: "probe",
  id: "cka",
  version: 2,
  doc: "Linear centred kernel alignment of every layer of one state with every layer of another (Kornblith et al. 2019, arXiv:1905.00414), features flattened. Adds the axes `layer` and `layer2`.",
  parameters: {
    first: { type: "string", refers: "state", description: "A state; its layers are the axis `layer`." },
    second: {
      type: "string",
      refers: "state",
      description: "The state it is compared with; its layers are the axis `layer2`.",
    },
    estimator: {
      type: "string",
      enum: ["unbiased", "hsic_mean", "batch_mean", "biased"],
      default: "unbiased",
      aliases: { as_published: "batch_mean" },
      description:
        "`unbiased`: over one fixed sample of images (Nguyen et al. 2021); `hsic_mean`: HSIC terms averaged over batches, then divided; `batch_mean`: the batches' ratios averaged, as published code does; `biased`: the plain ratio.",
    },
    images: {
      type: "integer",
      minimum: 2,
      maximum: 1000000,
      default: 2048,
      unit: "images",
      description: "Size of the sample; all images where the split has fewer.",
    },
    batch: {
      type: "integer",
      minimum: 2,
      maximum: 65536,
      default: 64,
      unit: "images",
      description: "Images a batch, for the estimators that average over batches.",
    },
    on: { type: "string", refers: "split", default: "test", description: "The split the images come from." },
  },
  required: ["first", "second"],
  positional: ["first", "second"],
  states: [{ name: "first" }, { name: "second" }],
  split: "test",
  inner: ["layer", "layer2"],
  innerOf: { layer: "first", layer2: "second" },
  metric: "none",
  estimator: [],
  reads: {
    kind: "inputs",
    states: { a: "first", b: "second" },
    images: { data: "on" },
    taps: "layers",
    given: true,
    draws: "images",
  },
  cost: { passes: 1, arithmetic: "gram" },
} as const satisfies ProbeEntry;
