/** A recipe's augmentations, in its order: what is drawn for an image, and what that does to it on the host. */

import type { Choice, Json } from "../../catalog/types.js";
import type { ModelSpec } from "../../models/types.js";
import { type AffineParams, drawAffine, drawRotation, type Inverse, type WarpStyle, warp } from "./affine.js";
import { type BlurParams, blur, drawSharpness } from "./blur.js";
import { type ColorChange, changeColor, drawChanges, grayscale, type JitterParams } from "./color.js";
import { type Box, type CropParams, drawBox, flip, resizedCrop } from "./crop.js";
import { drawErasure, type EraseParams, type Erasure, erase } from "./erase.js";
import { TrainingError } from "./errors.js";
import type { Draw, FloatImage } from "./image.js";

export type AugmentStep =
  | { readonly kind: "crop"; readonly crop: CropParams }
  | { readonly kind: "flip"; readonly h: number; readonly v: number }
  | { readonly kind: "rotate"; readonly degrees: Pair; readonly style: WarpStyle }
  | { readonly kind: "affine"; readonly affine: AffineParams; readonly style: WarpStyle }
  | { readonly kind: "jitter"; readonly jitter: JitterParams }
  | { readonly kind: "grayscale"; readonly p: number }
  | { readonly kind: "blur"; readonly blur: BlurParams }
  | { readonly kind: "erase"; readonly erase: EraseParams }
  | { readonly kind: "none" };

type Pair = readonly [number, number];

/** What a step does to one image. */
export type Drawn =
  | { readonly kind: "crop"; readonly box: Box; readonly size: number }
  | { readonly kind: "flip"; readonly across: boolean; readonly down: boolean }
  | { readonly kind: "warp"; readonly inverse: Inverse; readonly style: WarpStyle }
  | { readonly kind: "jitter"; readonly changes: readonly ColorChange[] }
  | { readonly kind: "grayscale"; readonly applied: boolean }
  | { readonly kind: "blur"; readonly radius: number; readonly sharpness: number }
  | { readonly kind: "erase"; readonly erasure: Erasure | undefined }
  | { readonly kind: "none" };

/** By catalogue id; a test holds the two lists equal. */
export const AUGMENTATIONS: { readonly [id: string]: (params: Choice["params"]) => AugmentStep } = {
  crop: (params) => ({
    kind: "crop",
    crop: {
      size: numberOf(params.size, 0),
      scale: pairOf(params.scale, [0.08, 1]),
      ratio: pairOf(params.ratio, [3 / 4, 4 / 3]),
    },
  }),
  flip: (params) => ({ kind: "flip", h: numberOf(params.h, 0), v: numberOf(params.v, 0) }),
  rotate: (params) => ({ kind: "rotate", degrees: aroundZero(params.degrees), style: styleOf(params) }),
  affine: (params) => ({
    kind: "affine",
    affine: {
      degrees: aroundZero(params.degrees),
      translate: pairOf(params.translate, [0, 0]),
      scale: pairOf(params.scale, [1, 1]),
      shear: [aroundZero(params.shear), Array.isArray(params.shear) ? pairOf(params.shear.slice(2), [0, 0]) : [0, 0]],
    },
    style: styleOf(params),
  }),
  jitter: (params) => ({
    kind: "jitter",
    jitter: {
      brightness: numberOf(params.brightness, 0),
      contrast: numberOf(params.contrast, 0),
      saturation: numberOf(params.saturation, 0),
      hue: numberOf(params.hue, 0),
      p: numberOf(params.p, 1),
    },
  }),
  grayscale: (params) => ({ kind: "grayscale", p: numberOf(params.p, 0.1) }),
  blur: (params) => {
    const sigma = typeof params.sigma === "number" ? ([params.sigma, params.sigma] as const) : params.sigma;
    const radius = (numberOf(params.kernel_size, 1) - 1) / 2;
    return { kind: "blur", blur: { radius, sigma: pairOf(sigma, [0.1, 2]), p: numberOf(params.p, 1) } };
  },
  erase: (params) => ({
    kind: "erase",
    erase: {
      p: numberOf(params.p, 0.5),
      scale: pairOf(params.scale, [0.02, 0.33]),
      ratio: pairOf(params.ratio, [0.3, 3.3]),
      value: params.value === "random" ? "random" : numbersOf(params.value),
    },
  }),
  none: () => ({ kind: "none" }),
};

/**
 * @param model whose input a crop must give, and whose channels a list of one number a channel must have
 * @throws TrainingError
 */
export function augmentationsOf(
  choices: readonly Choice[],
  { size, channels }: Pick<ModelSpec, "size" | "channels">,
): readonly AugmentStep[] {
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
    for (const name of ["fill", "value"]) {
      const values = params[name];
      if (Array.isArray(values) && values.length !== 1 && values.length !== channels) {
        throw new TrainingError(
          `augment ${id} has ${values.length} numbers as \`${name}\` but the images have ${channels} channels; give one number, or one for each channel`,
        );
      }
    }
    return make(params);
  });
}

/** Every step's draws for one image of `size` × `size`, one after another. */
export function drawSteps(steps: readonly AugmentStep[], size: number, draw: Draw): readonly Drawn[] {
  let current = size;
  return steps.map((step): Drawn => {
    switch (step.kind) {
      case "crop": {
        const box = drawBox(current, step.crop, draw);
        current = step.crop.size;
        return { kind: "crop", box, size: current };
      }
      case "flip": {
        const [across, down] = [draw() < step.h, draw() < step.v];
        return { kind: "flip", across, down };
      }
      case "rotate":
        return { kind: "warp", inverse: drawRotation(step.degrees, draw), style: step.style };
      case "affine":
        return { kind: "warp", inverse: drawAffine(current, step.affine, draw), style: step.style };
      case "jitter":
        return { kind: "jitter", changes: drawChanges(step.jitter, draw) };
      case "grayscale":
        return { kind: "grayscale", applied: draw() < step.p };
      case "blur": {
        const { radius } = step.blur;
        if (radius >= current) {
          throw new TrainingError(
            `augment blur mirrors ${radius} px at the edges of images of ${current} px; give a \`kernel_size\` of at most ${2 * current - 1} px`,
          );
        }
        return { kind: "blur", radius, sharpness: drawSharpness(step.blur, draw) };
      }
      case "erase":
        return { kind: "erase", erasure: drawErasure(current, step.erase, draw) };
      case "none":
        return step;
      default:
        return step satisfies never;
    }
  });
}

export function applyDrawn(image: FloatImage, drawn: Drawn): void {
  switch (drawn.kind) {
    case "crop":
      resizedCrop(image, drawn.box, drawn.size);
      return;
    case "flip":
      flip(image, drawn);
      return;
    case "warp":
      warp(image, drawn.inverse, drawn.style);
      return;
    case "jitter":
      for (const change of drawn.changes) changeColor(image, change);
      return;
    case "grayscale":
      if (drawn.applied) grayscale(image);
      return;
    case "blur":
      blur(image, drawn.radius, drawn.sharpness);
      return;
    case "erase":
      if (drawn.erasure !== undefined) erase(image, drawn.erasure);
      return;
    case "none":
      return;
    default:
      drawn satisfies never;
  }
}

function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function styleOf({ interpolation, fill }: Choice["params"]): WarpStyle {
  return { interpolation: interpolation === "bilinear" ? "bilinear" : "nearest", fill: numbersOf(fill) };
}

/** One number stands for the range from its opposite. */
function aroundZero(value: Json | undefined): Pair {
  return typeof value === "number" ? [-value, value] : pairOf(value, [0, 0]);
}

function numbersOf(value: Json | undefined): readonly number[] {
  const values: readonly Json[] = Array.isArray(value) ? value : [value ?? 0];
  return values.map((each) => numberOf(each, 0));
}

function pairOf(value: Json | undefined, otherwise: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(value)) return otherwise;
  const [low, high] = value;
  return typeof low === "number" && typeof high === "number" ? [low, high] : otherwise;
}
