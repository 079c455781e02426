import type { CatalogEntry, ParameterSchema } from "../types.js";

const alpha = (value: number): ParameterSchema => ({
  type: "number",
  exclusiveMinimum: 0,
  maximum: 100,
  default: value,
  description: "The share of the first image is drawn from Beta(alpha, alpha), once a batch.",
});

const mixup: CatalogEntry = {
  kind: "mix",
  id: "mixup",
  version: 1,
  doc: "Images of a batch are blended with those of the same batch in reverse order, and so are their labels (Zhang et al. 2018, arXiv:1710.09412); timm's batch mode.",
  parameters: { alpha: alpha(0.8) },
  positional: ["alpha"],
};

const cutmix: CatalogEntry = {
  kind: "mix",
  id: "cutmix",
  version: 1,
  doc: "A box of every image is replaced by the same box of the image at the other end of the batch, and labels are blended by its area (Yun et al. 2019, arXiv:1905.04899); timm's batch mode, with the share corrected for boxes cut at the edge.",
  parameters: { alpha: alpha(1) },
  positional: ["alpha"],
};

export const MIXES = [mixup, cutmix] as const;
