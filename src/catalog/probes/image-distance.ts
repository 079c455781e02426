import type { ParameterSchema, ProbeEntry } from "../types.js";

/** FID and KID read the same: two data sets through one network. */
const SETS = {
  first: { type: "string", refers: "dataset", description: "One data set: `target`, or one that is declared." },
  second: { type: "string", refers: "dataset", description: "The other." },
  network: {
    type: "string",
    refers: "state",
    description:
      "Whose features: a source of weights, or a pretrained network of the study's own. Where none is written it is Inception-v3 with timm's weights, `hf:timm/inception_v3.tv_in1k`. Its name is part of the estimator's.",
  },
  model: {
    type: "string",
    refers: "model",
    description: "The model the weights are of, where it is not the cell's; `inception` where no network is written.",
  },
  mean: {
    type: "number",
    minimum: 0,
    maximum: 1,
    default: 0.5,
    description: "Subtracted from all channels of both sets, in [0,1] units: one ruler for both.",
  },
  std: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.5,
    description: "What they are then divided by.",
  },
  on: { type: "string", refers: "split", default: "train", description: "The split of both sets." },
} as const satisfies { readonly [name: string]: ParameterSchema };

const SAMPLE = {
  type: "integer",
  minimum: 2,
  unit: "images",
  description: "Size of the sample of each set; all images where it has fewer.",
} as const satisfies ParameterSchema;

const BETWEEN_SETS = {
  required: ["first", "second"],
  positional: ["first", "second"],
  // what a published FID is told by, as timm names it
  states: [{ name: "network", published: { path: "hf:timm/inception_v3.tv_in1k", model: "inception" } }],
  split: "train",
  inner: [],
  metric: "none",
  estimator: ["network", "model", "images"],
  reads: {
    kind: "inputs",
    states: { network: "network" },
    images: { p: "on", q: "on" },
    datasets: { p: "first", q: "second" },
    taps: "embedding",
    given: true,
    draws: "images",
  },
} as const;

export const fid = {
  kind: "probe",
  id: "fid",
  version: 1,
  doc: "Fréchet distance of two sets of images: ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of a network's pooled features, covariances with n − 1, gathered in double precision image by image (Heusel et al. 2017, arXiv:1706.08500). With another network than Inception-v3 it is a distance of the same kind on another scale. Papers mostly tell it by `inception_fid`, TensorFlow's release of 2015, which is another network than torchvision's.",
  parameters: {
    ...SETS,
    images: { ...SAMPLE, maximum: 1000000, default: 10000, asManyAs: "features" },
  },
  ...BETWEEN_SETS,
  cost: { passes: 1, arithmetic: "moments" },
} as const satisfies ProbeEntry;

export const emd = {
  kind: "probe",
  id: "emd",
  version: 1,
  doc: "Earth mover's distance of two data sets (Cui et al. 2018, arXiv:1806.06193): the least cost of moving the classes of one to those of the other, each weighing its share of the images, at the Euclidean distance of the classes' mean features. Both sets give one label an image.",
  parameters: {
    ...SETS,
    report: {
      type: "string",
      enum: ["distance", "similarity"],
      default: "distance",
      description: "The distance d itself, or the published similarity exp(−gamma · d), from 0 to 1.",
    },
    gamma: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1000,
      default: 0.01,
      description: "How fast the similarity falls.",
    },
    images: { ...SAMPLE, maximum: 1000000, default: 10000 },
  },
  ...BETWEEN_SETS,
  estimatorUnlessDefault: ["report", "gamma"],
  reads: { ...BETWEEN_SETS.reads, labels: "one" },
  cost: { passes: 1 },
} as const satisfies ProbeEntry;

export const kid = {
  kind: "probe",
  id: "kid",
  version: 1,
  doc: "Kernel distance of two sets of images: the unbiased squared maximum mean discrepancy of a network's pooled features with the kernel (x·y / D + 1)³, over all pairs (Bińkowski et al. 2018, arXiv:1801.01401). Unbiased for few images too, so it may be slightly below 0 where the sets are alike.",
  parameters: {
    ...SETS,
    images: { ...SAMPLE, maximum: 100000, default: 1000 },
  },
  ...BETWEEN_SETS,
  cost: { passes: 1, arithmetic: "gram" },
} as const satisfies ProbeEntry;
