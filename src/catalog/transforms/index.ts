/** What `D with …` does to the images of every split, once, when they are prepared; `augment` is of training images alone. */

import type { CatalogEntry } from "../types.js";

const grayscale: CatalogEntry = {
  kind: "transform",
  id: "grayscale",
  version: 1,
  doc: "Replaces the colours by their luma (torchvision's weights, rounded), on as many channels.",
  parameters: {},
};

export const TRANSFORMS = [grayscale] as const;
