import type { ParameterSchema } from "../types.js";

/** Which numbers of a layer stand for an image. */
export const FEATURES = {
  type: "string",
  enum: ["pooled", "cls", "patch"],
  default: "pooled",
  needs: { cls: "class-token" },
  description:
    "`pooled`: the mean over space or tokens; where there is a class token, it beside the mean of the patches. `cls`: the class token alone; `patch`: the mean of the patches alone. Layers without a class token give their mean.",
} as const satisfies ParameterSchema;
