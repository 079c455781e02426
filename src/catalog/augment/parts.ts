/** Parameters that several augmentations have. */

import type { ParameterSchema } from "../types.js";

export const probability = (otherwise: number): ParameterSchema => ({
  type: "number",
  minimum: 0,
  maximum: 1,
  default: otherwise,
  unit: "fraction",
  description: "How often it is applied.",
});

const degree = { type: "number", minimum: -360, maximum: 360 } as const;

export const degrees: ParameterSchema = {
  anyOf: [
    { type: "number", minimum: 0, maximum: 360 },
    { type: "array", items: degree, minItems: 2, maxItems: 2 },
  ],
  description: "The angle in degrees, drawn evenly: `15` is `-15..15`.",
};

export const interpolation: ParameterSchema = {
  type: "string",
  enum: ["nearest", "bilinear"],
  default: "nearest",
  description: "How values between pixels are made.",
};

const share = { type: "number", minimum: 0, maximum: 1 } as const;

/** A number from black (0) to white (1), or one for each channel. */
export const brightness = [
  share,
  { type: "array", items: share, minItems: 1, maxItems: 64 },
] as const satisfies ParameterSchema["anyOf"];

export const fill: ParameterSchema = {
  anyOf: brightness,
  default: 0,
  unit: "fraction",
  description: "What comes in from outside the image: 0 is black and 1 white, a list has one for each channel.",
};
