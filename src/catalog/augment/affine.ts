import type { CatalogEntry } from "../types.js";
import { degrees, fill, interpolation } from "./parts.js";

const angle = { type: "number", minimum: -85, maximum: 85 } as const;

export const affine: CatalogEntry = {
  kind: "augment",
  id: "affine",
  version: 1,
  doc: "Random affine map (torchvision's) about the centre: rotation (clockwise), translation, scaling and shear in one; the image keeps its size.",
  parameters: {
    degrees,
    translate: {
      type: "array",
      items: { type: "number", minimum: 0, maximum: 1 },
      minItems: 2,
      maxItems: 2,
      default: [0, 0],
      unit: "fraction",
      description:
        "Furthest shift across and down over the image's width and height, drawn evenly both ways in whole pixels.",
    },
    scale: {
      type: "array",
      items: { type: "number", minimum: 0.1, maximum: 10 },
      minItems: 2,
      maxItems: 2,
      default: [1, 1],
      unit: "fraction",
      description: "Enlargement, drawn evenly: `0.9..1.1`.",
    },
    shear: {
      anyOf: [
        { type: "number", minimum: 0, maximum: 85 },
        { type: "array", items: angle, minItems: 2, maxItems: 2 },
        { type: "array", items: angle, minItems: 4, maxItems: 4 },
      ],
      default: 0,
      description:
        "Angle of the shear along the rows in degrees, drawn evenly: `10` is `-10..10`; of four numbers the last two are the columns'.",
    },
    interpolation,
    fill,
  },
  required: ["degrees"],
  positional: ["degrees"],
};
