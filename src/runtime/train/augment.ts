/** A recipe's augmentations, in its order. */

import type { Choice, Json } from "../../catalog/types.js";
import { colorJitter, randomGrayscale } from "./color.js";
import { flip, randomResizedCrop } from "./crop.js";
import { TrainingError } from "./errors.js";
import type { Draw, FloatImage } from "./image.js";

export type Augmentation = (image: FloatImage, draw: Draw) => void;

type Make = (params: Choice["params"]) => Augmentation;

/** By catalogue id; a test holds the two lists equal. */
export const AUGMENTATIONS: { readonly [id: string]: Make } = {
  crop(params) {
    const crop = {
      size: numberOf(params.size, 0),
      scale: pairOf(params.scale, [0.08, 1]),
      ratio: pairOf(params.ratio, [3 / 4, 4 / 3]),
    };
    return (image, draw) => randomResizedCrop(image, crop, draw);
  },
  flip(params) {
    const chances = { h: numberOf(params.h, 0), v: numberOf(params.v, 0) };
    return (image, draw) => flip(image, chances, draw);
  },
  jitter(params) {
    const strength = {
      brightness: numberOf(params.brightness, 0),
      contrast: numberOf(params.contrast, 0),
      saturation: numberOf(params.saturation, 0),
      hue: numberOf(params.hue, 0),
      p: numberOf(params.p, 1),
    };
    return (image, draw) => colorJitter(image, strength, draw);
  },
  grayscale(params) {
    const chance = { p: numberOf(params.p, 0.1) };
    return (image, draw) => randomGrayscale(image, chance, draw);
  },
  none: () => () => undefined,
};

/** @param size of the model's input, px: what a crop must give */
export function augmentationsOf(choices: readonly Choice[], size: number): readonly Augmentation[] {
  return choices.map(({ id, params }) => {
    const make = AUGMENTATIONS[id];
    if (make === undefined) {
      throw new TrainingError(`no augmentation ${id}; there is ${Object.keys(AUGMENTATIONS).join(", ")}`);
    }
    if (id === "crop" && params.size !== size) {
      throw new TrainingError(
        `augment crop gives ${String(params.size)} px but the model takes ${size} px; make them equal`,
      );
    }
    return make(params);
  });
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function pairOf(value: Json | undefined, otherwise: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(value)) return otherwise;
  const [low, high] = value;
  return typeof low === "number" && typeof high === "number" ? [low, high] : otherwise;
}
