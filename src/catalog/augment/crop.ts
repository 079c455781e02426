import type { CatalogEntry } from "../types.js";

export const crop: CatalogEntry = {
  kind: "augment",
  id: "crop",
  version: 1,
  doc: "Random resized crop (torchvision's): a window whose area is `scale` of the image and whose aspect is `ratio`, resized to `size`. A window larger than the image is drawn smaller.",
  parameters: {
    size: { type: "integer", minimum: 1, maximum: 4096, unit: "px", description: "Height and width of the result." },
    scale: {
      type: "array",
      items: { type: "number", exclusiveMinimum: 0, maximum: 10 },
      minItems: 2,
      maxItems: 2,
      default: [0.08, 1],
      unit: "fraction",
      description: "Area of the window over the image's, drawn evenly: `0.8..1.2`.",
    },
    ratio: {
      type: "array",
      items: { type: "number", exclusiveMinimum: 0, maximum: 100 },
      minItems: 2,
      maxItems: 2,
      default: [0.75, 1.3333333333333333],
      description: "Width over height, drawn evenly on a log scale.",
    },
  },
  required: ["size"],
  positional: ["size"],
};
