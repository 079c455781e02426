import type { ProbeEntry } from "../types.js";
import { METRIC } from "./shared.js";

export const robustness = {
  kind: "probe",
  id: "robustness",
  version: 3,
  doc: "Re-initialization robustness: the metric of a state with one part alone put back, part by part (Zhang, Bengio and Singer 2019, arXiv:1902.01996). All tensors of the part are put back, norms and running statistics included, and no others: parts are matched by whole names. Adds the axis `layer`.",
  parameters: {
    state: { type: "string", refers: "state", default: "selected", description: "The state whose parts are put back." },
    to: { type: "string", refers: "state", default: "initial", description: "The state they are put back to." },
    mode: {
      type: "string",
      enum: ["reinit", "rerand"],
      default: "reinit",
      description:
        "`reinit`: to the part's tensors in `to`; `rerand`: to fresh random ones, drawn anew in every repeat.",
    },
    scheme: {
      type: "string",
      enum: ["family", "kaiming"],
      default: "family",
      description: "How `rerand` draws: by the family's own scheme, or He's for convolutions and linear layers.",
    },
    by: {
      type: "string",
      enum: ["layers", "units"],
      default: "layers",
      description:
        "The parts: probe layers, or the model's units, which hold whole blocks and every tensor of the backbone.",
    },
    metric: METRIC,
    on: { type: "string", refers: "split", default: "test", description: "The split it is measured on." },
  },
  positional: ["state", "to"],
  states: [
    { name: "state", default: "selected" },
    { name: "to", default: "initial" },
  ],
  split: "test",
  inner: ["layer"],
  partsBy: "by",
  metric: "target",
  rescores: true,
  estimator: ["mode", "scheme", "by"],
  reads: {
    kind: "inputs",
    states: { state: "state", to: "to" },
    images: { data: "on" },
    taps: "own",
    head: "scored",
    draws: "tensors",
  },
  cost: { passes: 1, each: "part" },
} as const satisfies ProbeEntry;
