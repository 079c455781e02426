/** `stop early` watches checks of the validation split, and what is kept of a training must be there wherever it ends. */

import type { Duration } from "../../../catalog/types.js";
import type { Diagnostic } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { RecipeSpec } from "../../study.js";
import { hasSplit, type LoweredDataset, splitImages } from "../lower/datasets.js";
import { checkSteps, resolveDuration } from "../steps.js";

export function checkStop({ name, stop, stopAt, select, location }: RecipeSpec, dataset: LoweredDataset) {
  // a selection's own split is asked for by the selection
  if (stop === undefined || select.kind === "best" || !dataset.facts || hasSplit(dataset, "val")) return undefined;
  return diagnostic("stop-without-val", { recipe: name, dataset: dataset.spec.name }, stopAt ?? location, {
    related: [{ location: dataset.spec.location, message: `\`${dataset.spec.name}\` is declared here` }],
  });
}

/** Checkpoints that a training may have ended before. */
export function checkKept(
  recipe: RecipeSpec,
  keep: readonly Duration[],
  dataset: LoweredDataset,
): Diagnostic | undefined {
  const { stop, batch, dropLast, duration, select } = recipe;
  const images = splitImages(dataset, "train");
  if (stop === undefined || images === undefined) return undefined;
  const lengths = { trainImages: images, batch, dropLast };
  const total = resolveDuration(duration, lengths, select.every);
  const patience = (stop.params.patience as unknown as Duration).value;
  const after = resolveDuration(stop.params.after as unknown as Duration, lengths, select.every);
  // where no check has a value, the first bad one is the first there is
  const counted = checkSteps(total, select.every, lengths).filter((step) => step > after);
  const earliest = counted[patience - 1] ?? total;
  const late = keep.find((at) => Math.min(total, resolveDuration(at, lengths, select.every)) > earliest);
  if (late === undefined) return undefined;
  return diagnostic(
    "stop-before-kept",
    { recipe: recipe.name, at: `${late.value} ${late.unit}`, earliest },
    recipe.stopAt ?? recipe.location,
  );
}
