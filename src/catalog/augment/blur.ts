import type { CatalogEntry } from "../types.js";
import { probability } from "./parts.js";

export const blur: CatalogEntry = {
  kind: "augment",
  id: "blur",
  version: 1,
  doc: "Gaussian blur (torchvision's) with probability `p`; edges are mirrored.",
  parameters: {
    kernel_size: {
      type: "integer",
      minimum: 1,
      maximum: 255,
      not: { multipleOf: 2 },
      unit: "px",
      description: "Width and height of the kernel, an odd number; less than twice the image's size.",
    },
    sigma: {
      anyOf: [
        { type: "number", exclusiveMinimum: 0, maximum: 100 },
        {
          type: "array",
          items: { type: "number", exclusiveMinimum: 0, maximum: 100 },
          minItems: 2,
          maxItems: 2,
        },
      ],
      default: [0.1, 2],
      unit: "px",
      description: "Standard deviation of the kernel in pixels, drawn evenly from a range.",
    },
    p: probability(1),
  },
  required: ["kernel_size"],
  positional: ["kernel_size"],
};
