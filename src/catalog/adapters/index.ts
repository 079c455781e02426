import type { CatalogEntry } from "../types.js";

const lora: CatalogEntry = {
  kind: "adapter",
  id: "lora",
  version: 1,
  doc: "Low-rank adapters (Hu et al. 2021, arXiv:2106.09685): a linear layer W x becomes W x + (alpha / rank) · B (A x). A is drawn Kaiming-uniform, B is zero, so that a fresh adapter changes nothing; both are fresh in every init. Train them alone with `trainable adapter, head`.",
  parameters: {
    rank: { type: "integer", minimum: 1, maximum: 65536, unit: "count", description: "Rows of A." },
    alpha: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1e6,
      default: 16,
      description: "The product is scaled by alpha / rank.",
    },
  },
  required: ["rank"],
  positional: ["rank"],
};

export const ADAPTERS = [lora] as const;
