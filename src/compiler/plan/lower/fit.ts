/** A stage that a solver fits at once: features of the frozen backbone, computed once, and the head's fit on them. */

import { diagnostic } from "../../messages.js";
import type { RecipeSpec, TrainingSplit } from "../../study.js";
import { checkSplit } from "../check/splits.js";
import { estimateHost, stateBytes } from "../estimate.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, prepareSplit, splitImages } from "./datasets.js";
import type { LoweredModel } from "./models.js";
import { forward } from "./probe-estimate.js";
import { frozenOf } from "./trained-parts.js";

export interface FitRequest {
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly recipe: RecipeSpec;
  readonly state: Output;
  readonly split: TrainingSplit;
  readonly label: string;
}

export function fitParams(
  context: Context,
  { model, dataset, recipe }: Pick<FitRequest, "model" | "dataset" | "recipe">,
) {
  return sharedParams(context, "fit", [model, dataset, recipe], () => ({
    model: model.spec,
    normalize: dataset.normalize,
    task: dataset.task,
    solver: recipe.optimizer,
    l2: recipe.solver?.l2 ?? 0,
  }));
}

/** What a fit reads: the state, the training images for their labels, and their features. */
export function fitInputs(context: Context, request: FitRequest): readonly (readonly [string, Output])[] {
  const { model, dataset, recipe, state, split } = request;
  checkHead(context, request);
  const problem = checkSplit(dataset, "train", recipe.location);
  if (problem) context.report(problem);
  const images = prepareSplit(context, dataset, split, {
    size: recipe.resize ?? model.spec.size,
    channels: dataset.channels,
  });
  const count = splitImages(dataset, split) ?? 0;
  const vertex = context.graph.node({
    op: "features",
    params: sharedParams(context, "features", [model, dataset], () => ({
      model: model.spec,
      normalize: dataset.normalize,
    })),
    inputs: [
      ["state", state],
      ["data", images],
    ],
    computedBy: "engine",
    label: `features for ${request.label}`,
    location: recipe.location,
    estimate: () =>
      remembered(model.estimates, `features ${count}`, () =>
        forward(context, model, { images: count, extraFlops: 0, extraMemory: 0, outputBytes: 4 * 2048 * count }),
      ),
  });
  return [
    ["init", state],
    ["train", images],
    ["features", { vertex, output: "features" }],
  ];
}

export function lowerFit(context: Context, request: FitRequest): Vertex {
  const { model, recipe, label } = request;
  return context.graph.node({
    op: "fit",
    params: fitParams(context, request),
    inputs: fitInputs(context, request),
    computedBy: "host",
    label,
    location: recipe.location,
    estimate: () =>
      remembered(model.estimates, "fit", () =>
        estimateHost({ images: 0, bytes: 4 * stateBytes(model.info) }, context.rates),
      ),
  });
}

/** Nothing else may be trained, and nothing else is. */
function checkHead(context: Context, { recipe, model }: FitRequest): void {
  const frozen = new Set(frozenOf(context, recipe, model));
  const free = model.info.tensors.filter(({ name, trainable }) => trainable && !frozen.has(name));
  const stray = free.find(({ place }) => place.kind !== "head");
  if (stray === undefined || recipe.solver === undefined) return;
  const parameters = { solver: recipe.optimizer.id, model: model.name, tensor: stray.name };
  context.report(diagnostic("solver-fits-head", parameters, recipe.solver.location));
}
