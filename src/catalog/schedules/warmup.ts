import type { CatalogEntry } from "../types.js";

export const warmup: CatalogEntry = {
  kind: "schedule",
  id: "warmup",
  version: 1,
  doc: "Linear from `from` to the optimizer's learning rate over `duration`; what follows `then` starts after it.",
  parameters: {
    duration: { unit: "duration", description: "How long it takes." },
    from: {
      type: "number",
      minimum: 0,
      maximum: 100,
      default: 1e-8,
      description: "Learning rate of the first step.",
    },
  },
  required: ["duration"],
  positional: ["duration"],
};
