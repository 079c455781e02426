import type { CatalogEntry } from "../types.js";

export const cosine: CatalogEntry = {
  kind: "schedule",
  id: "cosine",
  version: 1,
  doc: "Half a cosine from the optimizer's learning rate down to `to`, over what is left of the training.",
  parameters: {
    to: { type: "number", minimum: 0, maximum: 100, default: 0, description: "Learning rate of the last step." },
  },
};
