import type { ProbeEntry } from "../types.js";
import { FEATURES, LAYERS_BY_BANK, METRIC, STATE } from "./shared.js";

export const knn = {
  kind: "probe",
  id: "knn",
  version: 2,
  doc: "How well the nearest neighbours in each layer's features tell the class: cosine similarity, votes weighted by exp(similarity / temperature), scored by the metric; where an image has several labels, each label is the share of the votes that have it. Adds the axis `layer`.",
  parameters: {
    state: STATE,
    k: {
      type: "integer",
      minimum: 1,
      maximum: 100000,
      default: 200,
      unit: "count",
      mostImagesOf: "bank",
      description: "Neighbours that vote.",
    },
    temperature: { type: "number", exclusiveMinimum: 0, maximum: 1000, default: 0.1, description: "Of the weights." },
    bank: {
      type: "string",
      refers: "split",
      default: "train",
      description: "The split the neighbours come from, under test-time transforms.",
    },
    features: FEATURES,
    metric: METRIC,
    on: { type: "string", refers: "split", default: "test", description: "The split that is classified." },
  },
  ...LAYERS_BY_BANK,
  estimator: ["k", "features"],
  estimatorUnlessDefault: ["temperature"],
  cost: { passes: 1, arithmetic: "neighbours" },
} as const satisfies ProbeEntry;
