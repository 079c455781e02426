import type { CatalogEntry, ParameterSchema } from "../types.js";

const sampler = (
  id: string,
  doc: string,
  parameters: { readonly [name: string]: ParameterSchema } = {},
): CatalogEntry => ({ kind: "sampler", id, version: 1, doc, parameters });

/** Of `fixed`; `stats` takes them beside the sampler's name. */
export const FIXED_PARAMETERS = {
  mean: { type: "number", description: "Mean of every tensor that `fixed` draws; 0 when not written." },
  std: { type: "number", minimum: 0, description: "Standard deviation of the same; 0.02 when not written." },
} as const satisfies { readonly [name: string]: ParameterSchema };

/** How `stats` draws a tensor from the source's. */
export const SAMPLERS = [
  sampler("gaussian", "N(mean, std) of the source's tensor, std with ddof 0."),
  sampler("shuffle", "The source's values in another order."),
  sampler("bootstrap", "Drawn from the source's values with replacement."),
  sampler(
    "fixed",
    "N(mean, std) with one given mean and standard deviation for every tensor, whatever the source's: what is left of statistics transfer without its statistics.",
    {
      mean: { ...FIXED_PARAMETERS.mean, default: 0 },
      std: { ...FIXED_PARAMETERS.std, default: 0.02 },
    },
  ),
] as const;
