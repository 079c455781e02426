/** A stage must train at all: enough images for a batch, enough batches for a step, a split to select on. */

import type { Catalog } from "../../../catalog/index.js";
import { counted } from "../../counted.js";
import type { Diagnostic, Location } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { RecipeSpec } from "../../study.js";
import { type LoweredDataset, splitImages } from "../lower/datasets.js";
import { resolveDuration, stepsPerEpoch } from "../steps.js";
import { amountText } from "../words.js";
import { checkMetricTask } from "./metric.js";
import { checkSplit } from "./splits.js";
import { checkStop } from "./stopping.js";

export function checkStage(catalog: Catalog, recipe: RecipeSpec, dataset: LoweredDataset): readonly Diagnostic[] {
  const { select, location } = recipe;
  const problems = [
    checkLoss(recipe, dataset),
    checkSplit(dataset, "train", location) ?? checkLength(recipe, dataset),
    checkLabelled(dataset, location),
    checkStop(recipe, dataset),
  ];
  if (select.kind === "best") {
    const metric = select.metric === "target.metric" ? dataset.spec.metric : select.metric;
    problems.push(checkSplit(dataset, select.on, location), checkMetricTask(catalog, metric, dataset, location));
  }
  return problems.filter((problem) => problem !== undefined);
}

function checkLength(recipe: RecipeSpec, dataset: LoweredDataset): Diagnostic | undefined {
  const images = splitImages(dataset, "train");
  if (images === undefined) return undefined;
  const { batch, dropLast, duration, location } = recipe;
  const lengths = { trainImages: images, batch, dropLast };
  const perEpoch = stepsPerEpoch(lengths);
  const name = dataset.spec.name;
  const taken = takenText(dataset);
  if (perEpoch === 0 && (duration.unit === "steps" || duration.unit === "images") && duration.value > 0) {
    return diagnostic(
      "batch-exceeds-train",
      { batch, dataset: name, images, taken, fitting: Math.max(1, images) },
      location,
    );
  }
  if (resolveDuration(duration, lengths, recipe.select.every) > 0) return undefined;
  const dropped = perEpoch === 0 && duration.value > 0;
  return diagnostic(
    "no-training-steps",
    {
      label: dropped
        ? `${name} train is ${images} images${taken}; a batch is ${batch} and the last partial one is dropped`
        : `${duration.value} ${duration.unit} of ${perEpoch} steps an epoch round to 0`,
      hint: dropped
        ? `batch ${fittingBatch(images)} in this recipe, \`drop_last no\`, or a training split of at least ${batch} images (1 step an epoch).`
        : "a longer `for`: 1 step is the least that trains.",
    },
    location,
  );
}

/** A class of which nothing is left cannot be learned: worth knowing before, though a study may mean it. */
function checkLabelled(dataset: LoweredDataset, location: Location): Diagnostic | undefined {
  const { facts, spec, views } = dataset;
  const subset = views.findLast((view) => view.kind === "subset");
  const train = facts?.splits.train;
  if (!facts || !train || subset === undefined) return undefined;
  const without = facts.classes.filter((_, i) => train.perClass[i] === 0);
  if (without.length === 0) return undefined;
  const classes = without.length > 5 ? `${without.length} classes` : without.join(", ");
  const why = `It has ${counted(train.images, "training image")}${takenText(dataset)}.`;
  return diagnostic("class-without-labels", { dataset: spec.name, classes, why }, location);
}

/** ` (labels 1%)`: why it is so few. */
function takenText({ views }: LoweredDataset): string {
  const subset = views.findLast((view) => view.kind === "subset");
  return subset?.kind === "subset" ? ` (labels ${amountText({ ...subset.amount })})` : "";
}

/** The largest power of two that fits. */
function fittingBatch(images: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, images)));
}

/** Class weights and smoothing are of classes that exclude each other, positive weights of labels; a weight for each. */
function checkLoss(
  { loss, lossAt, location }: RecipeSpec,
  { task, classes, facts, spec }: LoweredDataset,
): Diagnostic | undefined {
  if (loss === undefined || facts === undefined) return undefined;
  const { class_weights: weights = "none", label_smoothing: smoothing = 0 } = loss.params;
  const name = weights !== "none" ? "class_weights" : smoothing !== 0 ? "label_smoothing" : undefined;
  if (task === "multilabel" && name !== undefined) {
    const instead = name === "class_weights" ? "`positive_weights: balanced`" : "leave it out";
    return diagnostic("loss-of-labels", { name, dataset: spec.name, instead }, lossAt ?? location);
  }
  const { positive_weights: positives } = loss.params;
  if (task !== "multilabel" && positives !== undefined) {
    return diagnostic("positive-weights-of-classes", { dataset: spec.name }, lossAt ?? location);
  }
  if (Array.isArray(positives) && positives.length !== classes) {
    const parameters = { count: positives.length, dataset: spec.name, labels: classes };
    return diagnostic("positive-weights-count", parameters, lossAt ?? location);
  }
  if (!Array.isArray(weights) || weights.length === classes) return undefined;
  return diagnostic("class-weights-count", { count: weights.length, dataset: spec.name, classes }, lossAt ?? location);
}
