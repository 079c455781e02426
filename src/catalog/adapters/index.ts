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

const bottleneck: CatalogEntry = {
  kind: "adapter",
  id: "bottleneck",
  version: 1,
  doc: "Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751): the output y of a linear layer becomes y + U gelu(D y + d) + u, with `width` units between. D is drawn Kaiming-uniform, the rest is zero, so that a fresh adapter changes nothing; all are fresh in every init. The paper's places are `attn.proj` and `mlp.fc2`. Train them alone with `trainable adapter, head`.",
  parameters: {
    width: { type: "integer", minimum: 1, maximum: 65536, unit: "count", description: "Units of the bottleneck." },
  },
  required: ["width"],
  positional: ["width"],
};

export const ADAPTERS = [lora, bottleneck] as const;
