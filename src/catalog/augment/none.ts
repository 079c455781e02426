import type { CatalogEntry } from "../types.js";

export const none: CatalogEntry = {
  kind: "augment",
  id: "none",
  version: 1,
  doc: "No augmentation; stands alone. For a recipe that takes another one's augmentation away.",
  parameters: {},
};
