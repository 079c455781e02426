/** What families ask of images, and of the layers that first read them. */

import type { ParameterSchema } from "../types.js";

export function imageSize({ least, usual }: { readonly least: number; readonly usual: number }): ParameterSchema {
  return {
    type: "integer",
    minimum: least,
    maximum: 2048,
    default: usual,
    unit: "px",
    description: "Height and width of the input.",
  };
}

export const STEM: ParameterSchema = {
  type: "string",
  enum: ["small", "imagenet"],
  default: "imagenet",
  description: "`small`: 3×3 with stride 1 and no pooling; `imagenet`: 7×7 with stride 2, then 3×3 max pooling.",
};
