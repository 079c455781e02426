import type { CatalogEntry } from "../types.js";

export const flip: CatalogEntry = {
  kind: "augment",
  id: "flip",
  version: 1,
  doc: "Mirrors the image, left to right with probability `h` and top to bottom with probability `v`.",
  parameters: {
    h: { type: "number", minimum: 0, maximum: 1, default: 0, unit: "fraction", description: "Left to right." },
    v: { type: "number", minimum: 0, maximum: 1, default: 0, unit: "fraction", description: "Top to bottom." },
  },
};
