import type { CatalogEntry } from "../types.js";

export const imageFolder: CatalogEntry = {
  kind: "dataset",
  id: "image_folder",
  version: 1,
  doc: "A folder with one folder of images (JPEG, PNG, WebP, TIFF, GIF) a class, beneath `train`, `val` and `test` folders where the splits are given; classes in alphabetical order.",
  parameters: {
    path: { type: "string", description: "The folder, relative to the study file that names it." },
    channels: {
      type: "integer",
      enum: [1, 3],
      default: 3,
      unit: "count",
      description: "Channels the images are decoded to: 1 is grey, 3 is RGB.",
    },
  },
  required: ["path"],
  positional: ["path"],
};
