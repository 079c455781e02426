import type { ProbeEntry } from "../types.js";
import { SAMPLE, STATE } from "./shared.js";

const IMAGES = { ...SAMPLE, minimum: 2, maximum: 100000, default: 10000 } as const;

export const logme = {
  kind: "probe",
  id: "logme",
  version: 1,
  doc: "How well a state may transfer, told before training: the greatest log evidence, a number an image, of a Bayesian linear model of each class on what the head reads, mean over classes (You et al. 2021, arXiv:2102.11005). Higher is better; only scores of the same images compare.",
  parameters: {
    state: { ...STATE, default: "initial" },
    images: IMAGES,
    on: { type: "string", refers: "split", default: "train", description: "The split whose labels are explained." },
  },
  positional: ["state"],
  states: [{ name: "state", default: "initial" }],
  split: "train",
  inner: [],
  metric: "none",
  estimator: [],
  reads: {
    kind: "inputs",
    states: { state: "state" },
    images: { data: "on" },
    taps: "embedding",
    given: true,
    draws: "images",
  },
  cost: { passes: 1, arithmetic: "moments" },
} as const satisfies ProbeEntry;

export const leep = {
  kind: "probe",
  id: "leep",
  version: 1,
  doc: "How well a source may transfer, told before training: the mean log likelihood of the target's labels under what the source's own head predicts of its images (Nguyen et al. 2020, arXiv:2002.12462). At most 0; higher is better. The source is a pretrained or trained state: a file of weights tells no head.",
  parameters: {
    state: { type: "string", refers: "state", description: "The source, with the head it was trained with." },
    images: IMAGES,
    on: { type: "string", refers: "split", default: "train", description: "The split whose labels are explained." },
  },
  required: ["state"],
  positional: ["state"],
  states: [{ name: "state" }],
  split: "train",
  inner: [],
  metric: "none",
  estimator: [],
  reads: {
    kind: "inputs",
    states: { state: "state" },
    images: { data: "on" },
    taps: "embedding",
    draws: "images",
    head: "own",
    labels: "one",
  },
  cost: { passes: 1 },
} as const satisfies ProbeEntry;
