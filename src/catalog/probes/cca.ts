import type { ProbeEntry } from "../types.js";
import { FEATURES, LAYERS_WITH_LAYERS, ON_TEST, TWO_STATES } from "./shared.js";

export const cca = {
  kind: "probe",
  id: "cca",
  version: 2,
  doc: "Canonical correlation of every layer of one state with every layer of another, of pooled features (Raghu et al. 2017, arXiv:1706.05806; Morcos et al. 2018, arXiv:1806.05759). Whatever linear map takes one layer's features to the other's, it is 1. Adds the axes `layer` and `layer2`.",
  parameters: {
    ...TWO_STATES,
    variant: {
      type: "string",
      enum: ["svcca", "pwcca", "mean"],
      default: "svcca",
      description:
        "`svcca`: the mean correlation of the largest directions that hold `keep` of each side's variance; `pwcca`: the mean weighted by how much of the first side's features each variate makes up; `mean`: the plain mean.",
    },
    keep: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.99,
      unit: "fraction",
      description: "Share of each layer's variance that `svcca` keeps; the others keep every direction.",
    },
    images: {
      type: "integer",
      minimum: 3,
      maximum: 100000,
      default: 2048,
      unit: "images",
      description: "Size of the sample; all images where the split has fewer. Several times as many as features.",
    },
    features: FEATURES,
    on: ON_TEST,
  },
  ...LAYERS_WITH_LAYERS,
  range: [0, 1],
  estimator: ["variant"],
  estimatorUnlessDefault: ["keep", "features"],
  cost: { passes: 1, arithmetic: "canonical" },
} as const satisfies ProbeEntry;
