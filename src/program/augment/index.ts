/** Augmentation inside a program: bytes and per-image numbers in, normalized images out. */

import type { Builder } from "../builder.js";
import { extentOf } from "../shape.js";
import type { Shape, Value } from "../types.js";
import { blur } from "./blur.js";
import { blend, grayscale, turnHue } from "./color.js";
import { erase } from "./erase.js";
import { resample } from "./resample.js";
import { roundHalfEven } from "./round.js";
import { type WarpOptions, warp } from "./warp.js";

/** A part of the program, in the order of the recipe. What is fed to part `i` is called `augment.i.…`. */
export type AugmentPart =
  /** Crops and flips together: one resampling. */
  | { readonly kind: "resample"; readonly to: number }
  /** So many colour changes one after another, for each image its own; `hue` where one of them may turn the hue. */
  | { readonly kind: "jitter"; readonly changes: number; readonly hue: boolean }
  | { readonly kind: "grayscale" }
  /** A rotation or affine map of `size` × `size` pixels. */
  | { readonly kind: "warp"; readonly size: number; readonly options: WarpOptions }
  | { readonly kind: "blur"; readonly radius: number }
  /** A box, by numbers that are the recipe's (one, or one a channel), or by fed ones of `shape` [C, H, W]. */
  | { readonly kind: "erase"; readonly value: readonly number[] | { readonly shape: Shape } };

export interface AugmentPlan {
  readonly channels: number;
  /** Height and width of what is fed and of what comes out, px. */
  readonly from: number;
  readonly to: number;
  readonly parts: readonly AugmentPart[];
}

export const PIXELS = "pixels";
/** [C] each: normalized = image·scale + shift. */
export const NORMAL_SCALE = "normal.scale";
export const NORMAL_SHIFT = "normal.shift";

/** Names and shapes of what a part is fed for `images` images; all f32. */
export function partFeeds(part: AugmentPart, index: number, images: number): { readonly [role: string]: FeedSpec } {
  const feed = (role: string, shape: Shape): FeedSpec => ({ name: `augment.${index}.${role}`, shape });
  switch (part.kind) {
    case "resample":
      return {
        rows: feed("rows", [images, part.to, 2]),
        columns: feed("columns", [images, part.to, 2]),
        rowWindow: feed("rowWindow", [images, 3]),
        columnWindow: feed("columnWindow", [images, 3]),
      };
    case "jitter":
      // shares of image, mean luma and luma, and the turn of the hue
      return { changes: feed("changes", [images, part.changes, 4]) };
    case "grayscale":
      return { applied: feed("applied", [images, 1, 1, 1]) };
    case "warp":
      return { columns: feed("columns", [images, part.size, 4]), rows: feed("rows", [images, part.size, 4]) };
    case "blur":
      return { sharpness: feed("sharpness", [images, 1, 1]) };
    case "erase": {
      const box = feed("box", [images, 4]);
      return "shape" in part.value ? { box, value: feed("value", [images, ...part.value.shape]) } : { box };
    }
  }
}
export interface FeedSpec {
  readonly name: string;
  readonly shape: Shape;
}

/** Declares the feeds; returns [images, C, to, to]. `pixels` is i32 [images, C, from, from], bytes 0 … 255. */
export function augmentedImages(b: Builder, plan: AugmentPlan, images: number): Value {
  const pixels = b.feed(PIXELS, [images, plan.channels, plan.from, plan.from], "i32");
  let x = b.div(b.cast(pixels, "f32"), b.scalar(255));
  for (const [index, part] of plan.parts.entries()) x = applyPart(b, x, part, index);
  x = centred(b, x, plan.to);
  const perChannel = (name: string) => b.reshape(b.feed(name, [plan.channels]), [1, plan.channels, 1, 1]);
  return b.add(b.mul(x, perChannel(NORMAL_SCALE)), perChannel(NORMAL_SHIFT));
}

function applyPart(b: Builder, x: Value, part: AugmentPart, index: number): Value {
  const specs = partFeeds(part, index, extentOf(x.shape, 0));
  const fed = (role: string): Value => {
    const spec = specs[role];
    if (spec === undefined) throw new RangeError(`an augmentation part has no feed ${role}`);
    return b.feed(spec.name, spec.shape);
  };
  switch (part.kind) {
    case "resample":
      return resample(b, x, {
        rows: fed("rows"),
        columns: fed("columns"),
        rowWindow: fed("rowWindow"),
        columnWindow: fed("columnWindow"),
      });
    case "jitter":
      return jitter(b, x, fed("changes"), part.hue);
    case "grayscale":
      return grayscale(b, x, fed("applied"));
    case "warp":
      return warp(b, x, { columns: fed("columns"), rows: fed("rows") }, part.options);
    case "blur":
      return blur(b, x, part.radius, fed("sharpness"));
    case "erase": {
      const { value } = part;
      const given = "shape" in value ? fed("value") : b.constant(Float32Array.from(value), [1, value.length, 1, 1]);
      return erase(b, x, fed("box"), given);
    }
  }
}

function jitter(b: Builder, x: Value, changes: Value, hue: boolean): Value {
  const [images, count] = [extentOf(changes.shape, 0), extentOf(changes.shape, 1)];
  let changed = x;
  for (let position = 0; position < count; position++) {
    const numbers = b.reshape(b.sliceAxis(changes, 1, position, position + 1), [images, 4]);
    changed = blend(b, changed, b.sliceAxis(numbers, 1, 0, 3));
    if (hue) changed = turnHue(b, changed, b.reshape(b.sliceAxis(numbers, 1, 3, 4), [images, 1, 1, 1]));
  }
  return changed;
}

/** The middle of a larger image; a half pixel goes to the even side, as on the host. */
function centred(b: Builder, x: Value, to: number): Value {
  const start = roundHalfEven((extentOf(x.shape, 2) - to) / 2);
  return b.sliceAxis(b.sliceAxis(x, 2, start, start + to), 3, start, start + to);
}
