import { FIXED_PARAMETERS } from "../samplers/index.js";
import type { CatalogEntry, ParameterSchema } from "../types.js";

const FROM = {
  from: {
    type: "string",
    refers: "model",
    description:
      "The model whose tensors of the source are taken, where it is another than the cell's: the parent of a changed model. Tensors of other shapes are an error, so leave their parts out.",
  },
} as const satisfies { readonly [name: string]: ParameterSchema };

const transfer: CatalogEntry = {
  kind: "init",
  id: "transfer",
  version: 1,
  doc: "The source's tensors, as they are.",
  parameters: FROM,
};

const stats: CatalogEntry = {
  kind: "init",
  id: "stats",
  version: 1,
  doc: "Each tensor sampled anew from the statistics of the source's tensor: norms are reset to 1 and 0, running statistics to 0 and 1, and a constant tensor is copied (but by `fixed`, which draws all).",
  parameters: {
    sampler: {
      type: "string",
      enum: ["gaussian", "shuffle", "bootstrap", "fixed"],
      default: "gaussian",
      description:
        "`gaussian`: N(mean, std) of the tensor, std with ddof 0; `shuffle`: its own values in another order; `bootstrap`: drawn from its values with replacement; `fixed`: N(mean, std) with the `mean` and `std` written here.",
    },
    ...FIXED_PARAMETERS,
    treatment: {
      type: "string",
      enum: ["corrected", "as_published"],
      default: "corrected",
      description:
        "`corrected`: class token, position embedding and relative-position tables are sampled like all else; `as_published`: they are the source's, as published code leaves them, which resamples convolutions and linear layers alone.",
    },
    ...FROM,
  },
  positional: ["sampler"],
};

const random: CatalogEntry = {
  kind: "init",
  id: "random",
  version: 1,
  doc: "Drawn without any source: the family's own scheme in timm; `random(kaiming)`, He's for every convolution and linear layer; or `random(gabor)`, a bank of Gabor filters for a first convolution: `\"conv1.**\" <- random(gabor)`.",
  parameters: {
    scheme: {
      type: "string",
      enum: ["family", "kaiming", "gabor"],
      default: "family",
      description:
        "`family`: as timm draws this family; `kaiming`: N(0, 2 / fan_in) for convolutions and linear layers; `gabor`: waves in a Gaussian window, of drawn direction and length, for convolutions of at least 3×3 (Raghu et al. 2019), as wide apart as `kaiming`'s numbers, which all other convolutions and linear layers have.",
    },
  },
  positional: ["scheme"],
};

export const INITS = [transfer, stats, random] as const;
