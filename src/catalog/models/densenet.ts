import type { ModelEntry } from "../types.js";
import { dropParameters } from "./drop.js";
import { imageSize, STEM } from "./image.js";

const { proj_drop_rate: added, ...head } = dropParameters("drop_rate", "proj_drop_rate");
const drops = {
  ...head,
  proj_drop_rate: {
    ...added,
    description:
      "Dropout of the maps a layer adds, before the next ones read them. In training only; what is dropped follows from the image and the epoch.",
  },
} satisfies ModelEntry["parameters"];

export const densenet: ModelEntry = {
  kind: "model",
  id: "densenet",
  version: 1,
  doc: "Densely connected network (Huang et al. 2017, arXiv:1608.06993, with bottlenecks and compression: DenseNet-BC) with timm's and torchvision's tensor names: a stem, one dense block a number in `blocks`, average pooling, one linear head. A layer reads all maps before it in its block and adds `growth`; between blocks maps and sides are halved. A layer's features are the maps it adds. A block with what halves it is a unit.",
  parameters: {
    blocks: {
      type: "array",
      items: { type: "integer", minimum: 1, maximum: 200 },
      minItems: 1,
      maxItems: 8,
      description: "Layers of each dense block.",
    },
    growth: {
      type: "integer",
      minimum: 1,
      maximum: 1024,
      default: 32,
      description: "Maps a layer adds; the stem has twice as many.",
    },
    stem: STEM,
    size: imageSize({ least: 8, usual: 224 }),
    ...drops,
  },
  required: ["blocks"],
};

function preset(id: string, blocks: readonly number[], growth: number): ModelEntry {
  const { stem, size, ...rest } = densenet.parameters;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => Object.hasOwn(drops, name)));
  return {
    kind: "model",
    id,
    version: 1,
    doc: `The ${id.replace("densenet", "DenseNet-")} of the paper: \`densenet\` with blocks of ${blocks.join(", ")} layers, which add ${growth} maps each, and the ImageNet stem.`,
    parameters: { ...(stem && { stem }), ...(size && { size }), ...own },
    preset: { of: "densenet", params: { blocks, growth } },
  };
}

export const densenet121 = preset("densenet121", [6, 12, 24, 16], 32);
export const densenet161 = preset("densenet161", [6, 12, 36, 24], 48);
export const densenet169 = preset("densenet169", [6, 12, 32, 32], 32);
export const densenet201 = preset("densenet201", [6, 12, 48, 32], 32);
