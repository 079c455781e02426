import type { ProbeEntry } from "../types.js";

export const trainableParameters = {
  kind: "probe",
  id: "trainable_parameters",
  version: 1,
  doc: "How many numbers the cell's recipe trains of the cell's model: all but what it freezes, in the stage that trains most. Read off the traced model; nothing is run.",
  parameters: {
    model: {
      type: "string",
      refers: "model",
      description: "The cell's model, which it is of where nothing is written.",
    },
    train: {
      type: "string",
      refers: "recipe",
      description: "The cell's recipe, which it is of where nothing is written.",
    },
  },
  positional: ["model", "train"],
  states: [],
  split: null,
  inner: [],
  metric: "none",
  range: [0, null],
  estimator: [],
  reads: { kind: "inputs", states: {}, images: {}, taps: "none", recipe: "frozen" },
  cost: { passes: 0 },
} as const satisfies ProbeEntry;
