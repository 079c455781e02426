/** What `D with …` does to the images of every split, once, when they are prepared; `augment` is of training images alone. */

import type { TransformEntry } from "../types.js";

const grayscale: TransformEntry = {
  kind: "transform",
  id: "grayscale",
  version: 1,
  doc: "Replaces the colours by their luma (torchvision's weights, rounded), on as many channels.",
  parameters: {},
};

const shuffleBlocks: TransformEntry = {
  kind: "transform",
  id: "shuffle_blocks",
  version: 1,
  doc: "Cuts a prepared image into a grid of square blocks and puts these in random order: features larger than a block are gone, what is in a block stays (Neyshabur et al. 2020, arXiv:2008.11687). Of an image of S px blocks are ⌊S / grid⌋ px wide, from the top left; what is left at the right and the bottom stays where it is. A grid of 1 changes nothing and is the data set itself. The order is drawn once a study's seed, in every split and repeat alike.",
  parameters: {
    grid: {
      type: "integer",
      minimum: 1,
      maximum: 1024,
      unit: "count",
      description: "Blocks along a side; no more than the image has pixels.",
    },
    order: {
      type: "string",
      enum: ["per_image", "fixed"],
      default: "per_image",
      description: "An order of its own for each image, drawn of its id, or one for all.",
    },
  },
  required: ["grid"],
  positional: ["grid"],
  draws: "images",
  neutral: { grid: 1 },
  mostPixels: "grid",
};

export const TRANSFORMS = [grayscale, shuffleBlocks] as const;
