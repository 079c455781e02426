import type { CatalogEntry } from "../types.js";

const sampler = (id: string, doc: string): CatalogEntry => ({ kind: "sampler", id, version: 1, doc, parameters: {} });

/** How `stats` draws a tensor from the source's. */
export const SAMPLERS = [
  sampler("gaussian", "N(mean, std) of the source's tensor, std with ddof 0."),
  sampler("shuffle", "The source's values in another order."),
  sampler("bootstrap", "Drawn from the source's values with replacement."),
] as const;
