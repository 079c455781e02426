import type { ProbeEntry } from "../types.js";
import { ON_TEST, SAMPLE } from "./shared.js";

export const attendedDistance = {
  kind: "probe",
  id: "mean_attended_distance",
  version: 1,
  doc: "How far every attention head looks, px: the distance between a query patch and the patches it attends to, weighted by attention, averaged over queries and images (Dosovitskiy et al. 2021, arXiv:2010.11929). In Swin distances lie within a window. Adds the axes `layer` and `head`, heads counted from 1.",
  parameters: {
    state: { type: "string", refers: "state", default: "selected", description: "The state that attends." },
    estimator: {
      type: "string",
      enum: ["renormalized", "unnormalized"],
      default: "renormalized",
      description:
        "`renormalized`: over patches alone, whose weights are scaled to sum to 1; `unnormalized`: weights as they are, so that what goes to the class token counts as a distance of 0.",
    },
    images: { ...SAMPLE, minimum: 1, maximum: 1000000, default: 2048 },
    on: ON_TEST,
  },
  positional: ["state"],
  states: [{ name: "state", default: "selected" }],
  split: "test",
  inner: ["layer", "head"],
  metric: "none",
  range: [0, null],
  estimator: [],
  reads: {
    kind: "inputs",
    states: { state: "state" },
    images: { data: "on" },
    taps: "attention",
    draws: "images",
  },
  cost: { passes: 1 },
} as const satisfies ProbeEntry;
