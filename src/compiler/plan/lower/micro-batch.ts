/**
 * Which trainings take a batch in pieces. That changes how a step is computed and so its rounding, not what is computed:
 * it is part of a node's signature, and only where a batch is really split, so that other keys stay as they are.
 */

import { entangles } from "../../../models/accumulate.js";
import { diagnostic } from "../../messages.js";
import type { RecipeSpec } from "../../study.js";
import { digestOf } from "../key.js";
import type { OpParams } from "../types.js";
import type { Context } from "./context.js";
import type { LoweredModel } from "./models.js";

export type MicroBatching =
  /** At most so many images at once, in every training. */
  | { readonly kind: "size"; readonly images: number }
  /** As many as were found to fit, by `stepName`; others take their batch whole. */
  | { readonly kind: "known"; readonly sizes: ReadonlyMap<string, number> };

type Stepped = Pick<OpParams["train"], "model" | "recipe">;

/** Equal for trainings whose steps need the same memory: all of them are split alike, so that they stay comparable. */
export function stepName({ model, recipe }: Stepped): string {
  return `${digestOf(model)} ${recipe.batch} ${recipe.precision?.id ?? "f32"}`;
}

/** Images at once; undefined where the batch is taken whole. */
export function microBatchOf(
  context: Context,
  params: Stepped,
  { model, recipe }: { readonly model: LoweredModel; readonly recipe: RecipeSpec },
): number | undefined {
  const wish = context.microBatch;
  if (wish === undefined) return undefined;
  const images = wish.kind === "size" ? wish.images : wish.sizes.get(stepName(params));
  const { batch } = recipe;
  if (images === undefined || images >= batch) return undefined;
  const about = { model: model.name, recipe: recipe.name, batch, images };
  const reason = entangles(model.trainingSpec, frozenParts(params.recipe));
  if (reason !== undefined) {
    if (wish.kind === "size") {
      context.report(diagnostic("micro-batch-entangled", { ...about, reason }, recipe.location));
    }
    return undefined;
  }
  if (wish.kind === "known") context.report(diagnostic("micro-batched", about, recipe.location));
  return images;
}

function frozenParts({ frozen }: Stepped["recipe"]) {
  return frozen === undefined ? {} : { frozen };
}
