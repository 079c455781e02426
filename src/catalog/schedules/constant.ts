import type { CatalogEntry } from "../types.js";

export const constant: CatalogEntry = {
  kind: "schedule",
  id: "constant",
  version: 1,
  doc: "The optimizer's own learning rate, unchanged.",
  parameters: {},
};
