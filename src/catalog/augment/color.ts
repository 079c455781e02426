import type { CatalogEntry, ParameterSchema } from "../types.js";
import { probability } from "./parts.js";

const strength = (what: string): ParameterSchema => ({
  type: "number",
  minimum: 0,
  maximum: 10,
  default: 0,
  unit: "fraction",
  description: `${what}: a factor drawn from 1 ± this (not below 0).`,
});

export const jitter: CatalogEntry = {
  kind: "augment",
  id: "jitter",
  version: 1,
  doc: "Colour jitter (torchvision's, in a drawn order). Hue and saturation leave a grey image as it is.",
  parameters: {
    brightness: strength("Brightness"),
    contrast: strength("Contrast"),
    saturation: strength("Saturation"),
    hue: {
      type: "number",
      minimum: 0,
      maximum: 0.5,
      default: 0,
      unit: "fraction",
      description: "Turn of the colour circle, drawn from ± this.",
    },
    p: probability(1),
  },
};

export const grayscale: CatalogEntry = {
  kind: "augment",
  id: "grayscale",
  version: 1,
  doc: "Replaces the colours by their luma with probability `p`, on as many channels.",
  parameters: { p: probability(0.1) },
};
