import type { ModelEntry, ParameterSchema } from "../types.js";

function rate(description: string): ParameterSchema {
  return {
    type: "number",
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    unit: "fraction",
    phase: "training",
    description: `${description} In training only; what is dropped follows from the image and the epoch.`,
  };
}

const RATES = {
  drop_rate: rate("Dropout before the head: each pooled feature is zeroed with this probability."),
  proj_drop_rate: rate("Dropout after the attention's projection and after both layers of the MLP."),
  attn_drop_rate: rate("Dropout of attention weights, after the softmax."),
  drop_path_rate: rate(
    "Stochastic depth (Huang et al. 2016, arXiv:1603.09382): the last block's branches are left out of an image with this probability, those before it with evenly less, the first's never.",
  ),
};

/** timm's dropout parameters, those a family has. */
export function dropParameters(...names: readonly (keyof typeof RATES)[]): ModelEntry["parameters"] {
  return Object.fromEntries(names.map((name) => [name, RATES[name]]));
}
