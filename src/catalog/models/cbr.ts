import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize } from "./image.js";

export const cbr: ModelEntry = {
  kind: "model",
  id: "cbr",
  version: 1,
  doc: "The small networks of Transfusion (Raghu et al. 2019, arXiv:1902.07208): blocks `convN`, `bnN`, ReLU and a 3×3 max pooling of stride 2, then the mean over space and one linear head `fc`. Convolutions have stride 1, keep the size, and no bias. Each block is a unit.",
  parameters: {
    widths: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 8192 },
      minItems: 1,
      maxItems: 10,
      description: "Channels of each block; each block halves the resolution.",
    },
    kernel: {
      type: "integer",
      minimum: 1,
      maximum: 31,
      description: "Height and width of every convolution's window; odd.",
    },
    size: imageSize({ least: 8, usual: 224 }),
    ...dropParameters("drop_rate"),
  },
  required: ["widths", "kernel"],
  widths: { parameter: "widths", parts: "conv{n}" },
};
