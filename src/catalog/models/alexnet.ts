import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize } from "./image.js";

const { drop_rate } = dropParameters("drop_rate");

export const alexnet: ModelEntry = {
  kind: "model",
  id: "alexnet",
  version: 1,
  doc: "AlexNet (Krizhevsky et al. 2012; as torchvision has it, of arXiv:1404.5997: one column, no response normalization) with torchvision's tensor names: five convolutions, pooling to 6×6, two hidden linear layers, one linear head. Its units are what Yosinski et al. cut at: `conv1` to `conv5`, `fc6`, `fc7`.",
  parameters: {
    widths: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 8192 },
      minItems: 5,
      maxItems: 5,
      default: [64, 192, 384, 256, 256],
      description: "Channels of each convolution.",
    },
    hidden: {
      type: "integer",
      minimum: 1,
      maximum: 65536,
      default: 4096,
      description: "Width of both hidden linear layers.",
    },
    drop_rate: {
      ...drop_rate,
      type: "number",
      default: 0.5,
      description:
        "Dropout of what each hidden layer reads: zeroed with this probability. In training only; what is dropped follows from the image and the epoch.",
    },
    size: imageSize({ least: 63, usual: 224 }),
  },
  widths: { parameter: "widths", parts: ["features.0", "features.3", "features.6", "features.8", "features.10"] },
};
