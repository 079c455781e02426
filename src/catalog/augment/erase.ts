import type { CatalogEntry } from "../types.js";
import { brightness, probability } from "./parts.js";

export const erase: CatalogEntry = {
  kind: "augment",
  id: "erase",
  version: 1,
  doc: "Random erasing (torchvision's): with probability `p`, a box whose area is `scale` of the image and whose aspect is `ratio` is replaced. A box that does not fit is drawn again; after ten the image stays.",
  parameters: {
    p: probability(0.5),
    scale: {
      type: "array",
      items: { type: "number", minimum: 0, maximum: 1 },
      minItems: 2,
      maxItems: 2,
      default: [0.02, 0.33],
      unit: "fraction",
      description: "Area of the box over the image's, drawn evenly.",
    },
    ratio: {
      type: "array",
      items: { type: "number", exclusiveMinimum: 0, maximum: 100 },
      minItems: 2,
      maxItems: 2,
      default: [0.3, 3.3],
      description: "Height over width, drawn evenly on a log scale.",
    },
    value: {
      anyOf: [...brightness, { type: "string", enum: ["random"] }],
      default: 0,
      unit: "fraction",
      description:
        "What stands there before normalization: 0 is black and 1 white, a list has one for each channel, `random` draws each pixel from the standard normal distribution.",
    },
  },
};
