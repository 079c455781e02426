/** Parameters that every data set has, or many have. */

import type { ParameterSchema } from "../types.js";

export const PATH: ParameterSchema = {
  type: "string",
  description: "The folder, relative to the study file that names it.",
};

/** What becomes of what is wrong with it. */
export const TRUST: { readonly [name: string]: ParameterSchema } = {
  reject: {
    description:
      "What becomes of cases that cannot be used: `error` stops and names them; `skip(max: 1%)` goes on without them as long as they are no larger share of the cases.",
    default: { kind: "error" },
    variants: {
      error: {},
      skip: {
        max: {
          type: "number",
          unit: "fraction",
          minimum: 0,
          maximum: 1,
          default: 0.01,
          description: "The largest share of all cases that may be left out.",
        },
      },
    },
  },
  leakage: {
    type: "string",
    enum: ["error", "allow"],
    default: "error",
    description:
      "What becomes of images of the same bytes, or of one patient, in two splits: `error` stops and names them; `allow` lets them be.",
  },
};

/** A list of classes; what their order says is each layout's own. */
export const CLASS_NAMES = {
  type: "array",
  items: { type: "string" },
  minItems: 2,
  maxItems: 100000,
} as const satisfies Partial<ParameterSchema>;

export const CHANNELS: ParameterSchema = {
  type: "integer",
  enum: [1, 3],
  default: 3,
  unit: "count",
  description: "Channels the images are decoded to: 1 is grey, 3 is RGB.",
};
