/**
 * Dropout and stochastic depth, with timm's rates and meaning. What is dropped depends on the image's key (feed `draws`,
 * one an image and step) and on the layer's name alone: not on the batch, not on other layers, not on other rates.
 */

import type { Builder } from "../../program/builder.js";
import { nameSalt } from "../../program/hash.js";
import { sizeOf } from "../../program/shape.js";
import type { Shape, Value } from "../../program/types.js";
import { checkThat, ModelError } from "../parameters.js";
import type { Mode, ModelSpec } from "../types.js";

/** Feed of a step that drops something: i32 [N, 2], the two words of each image's key. */
export const DRAWS = "draws";

/** Parameters of a family that act in training only, all rates in [0, 1). */
export const DROP_RATES = ["drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate"] as const;
export type DropRate = (typeof DROP_RATES)[number];

/** A family's rate, 0 where the spec does not name it. */
export function dropRate(spec: ModelSpec, name: DropRate): number {
  const rate = spec.params[name] ?? 0;
  checkThat(
    spec,
    typeof rate === "number" && rate >= 0 && rate < 1,
    `\`${name}\` must be from 0 to below 1, not ${JSON.stringify(rate)}`,
  );
  return rate;
}

/** Whether a training step of this model needs `draws`. */
export function dropsAnything(spec: ModelSpec): boolean {
  return DROP_RATES.some((name) => dropRate(spec, name) > 0);
}

/** Rates of `depth` blocks rising evenly from 0 to `rate`: timm's `calculate_drop_path_rates`. */
export function dropPathRates(rate: number, depth: number): readonly number[] {
  return Array.from({ length: depth }, (_, index) => (depth > 1 ? (rate * index) / (depth - 1) : 0));
}

/** Where something is dropped. Images are the outermost part of the tensor's row-major order: [N, …], [N·T, D]. */
export interface DropSite {
  /** Within the current scope: `proj_drop`. The draws depend on the full name. */
  readonly name: string;
  readonly images: number;
  readonly mode: Mode;
}

/**
 * In training every element is zeroed with probability `rate` and what stays is divided by 1 − `rate`
 * (`torch.nn.Dropout`); in evaluation nothing happens.
 */
export function dropout(b: Builder, x: Value, rate: number, site: DropSite): Value {
  if (rate === 0 || site.mode !== "train") return x;
  const shape = [site.images, sizeOf(x.shape) / site.images];
  return b.reshape(b.mul(b.reshape(x, shape), keptElements(b, rate, site, shape.slice(1))), x.shape);
}

/** As `dropout`, of each image's whole tensor at once (Huang et al. 2016): what a residual branch adds, or nothing. */
export function dropPath(b: Builder, x: Value, rate: number, site: DropSite): Value {
  if (rate === 0 || site.mode !== "train") return x;
  const shape = [site.images, sizeOf(x.shape) / site.images];
  return b.reshape(b.mul(b.reshape(x, shape), keptElements(b, rate, site, [1])), x.shape);
}

/**
 * What elements are multiplied by, [N, ...shape]: 0 with probability `rate`, else 1 / (1 − `rate`). Elements are counted
 * row by row, so the mask of [1, D] is the first row of that of [T, D].
 */
export function keptElements(b: Builder, rate: number, { name, images }: Omit<DropSite, "mode">, shape: Shape): Value {
  const full = b.fullName(name);
  const draws = b.feedValue(DRAWS);
  if (draws?.shape[0] !== images) throw new ModelError(`${full}: no \`${DRAWS}\` for ${images} images`);
  const keep = Math.round((1 - rate) * 2 ** 24) / 2 ** 24;
  const kept = b.greater(b.scalar(keep), b.randomUniform(draws, nameSalt(full), shape));
  return b.scale(kept, 1 / (1 - rate));
}
