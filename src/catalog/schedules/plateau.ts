import type { CatalogEntry } from "../types.js";

export const plateau: CatalogEntry = {
  kind: "schedule",
  id: "plateau",
  version: 1,
  doc: "Multiplies the learning rate by `factor` when the selection metric on the validation split has not improved for more than `patience` checks (torch's ReduceLROnPlateau).",
  parameters: {
    factor: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.1, description: "Multiplier." },
    patience: {
      unit: "duration",
      default: { value: 3, unit: "checks" },
      description: "Checks without improvement that are borne.",
    },
    min_lr: { type: "number", minimum: 0, maximum: 100, default: 0, description: "The rate never falls below it." },
  },
};
