import type { CatalogEntry } from "../types.js";
import { degrees, fill, interpolation } from "./parts.js";

export const rotate: CatalogEntry = {
  kind: "augment",
  id: "rotate",
  version: 1,
  doc: "Random rotation (torchvision's) about the centre, counter-clockwise; the image keeps its size.",
  parameters: { degrees, interpolation, fill },
  required: ["degrees"],
  positional: ["degrees"],
};
