/** Stages of training: one `train` node each, the next one starting from what the one before selected. */

import { entry } from "../../../catalog/index.js";
import type { Duration } from "../../../catalog/types.js";
import { dropsAnything } from "../../../models/dropout.js";
import { stepMemory, valueBytes } from "../../../models/memory.js";
import type { RecipeSpec, SplitName } from "../../study.js";
import { checkAugment } from "../check/augment.js";
import { checkStage } from "../check/training.js";
import { estimateTrain, stateBytes } from "../estimate.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import { checkSteps, resolveDuration } from "../steps.js";
import type { CatalogVersions, TrainingParams, TrainingStreams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { hasSplit, type LoweredDataset, prepareSplit, splitImages } from "./datasets.js";
import { microBatchOf } from "./micro-batch.js";
import { type LoweredModel, measuredBy } from "./models.js";
import type { LoweredState } from "./sources.js";

export interface Trained {
  readonly label: string;
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly initial: Output;
  readonly selected: Output;
  readonly last: Output;
  readonly kept: readonly { readonly at: Duration; readonly state: Output }[];
  /** One a stage; empty where nothing is trained. */
  readonly stages: readonly Vertex[];
  /** What images these states are evaluated on are prepared at, px. */
  readonly evaluationSize: number;
  /** Its selected state, as it was last asked for: most probes of a cell look at that one. */
  seen: LoweredState | undefined;
}

export interface TrainRequest {
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly initial: Output;
  readonly recipes: readonly RecipeSpec[];
  readonly keep: readonly Duration[];
  readonly seed: number;
  readonly repeat: number;
  /** Of a cell in a fold: the order of its images is its own. */
  readonly fold?: number | undefined;
  readonly label: string;
}

export interface TrainMemo {
  readonly recipes: Map<RecipeSpec, Map<string, TrainingParams>>;
  readonly lengths: Map<RecipeSpec, Map<LoweredDataset, StageLength | undefined>>;
  readonly streams: Map<string, TrainingStreams>;
  /** Recipes whose augmentations were checked, with the size and channels they were checked for. */
  readonly augments: Map<string, true>;
}

/** How long a stage is; undefined while the number of training images is unknown. */
export interface StageLength {
  readonly steps: number;
  readonly checks: number;
}

export function lowerTraining(context: Context, request: TrainRequest): Trained {
  const { model, dataset, initial, recipes, label } = request;
  let state = initial;
  let last = initial;
  const stages = recipes.map((recipe, stage) => {
    const isLast = stage === recipes.length - 1;
    const vertex = lowerStage(context, request, {
      recipe,
      state,
      keep: isLast ? request.keep : [],
      label: recipes.length > 1 ? `train ${label} stage ${stage + 1} (${recipe.name})` : `train ${label}`,
    });
    state = { vertex, output: "selected" };
    last = { vertex, output: "last" };
    return vertex;
  });
  return {
    label,
    model,
    dataset,
    initial,
    selected: state,
    last,
    kept: request.keep.map((at, index) => ({ at, state: { ...last, output: `keep${index}` } })),
    stages,
    evaluationSize: recipes.at(-1)?.resize ?? model.spec.size,
    seen: undefined,
  };
}

interface StageRequest {
  readonly recipe: RecipeSpec;
  readonly state: Output;
  readonly keep: readonly Duration[];
  readonly label: string;
}

function lowerStage(context: Context, request: TrainRequest, { recipe, state, keep, label }: StageRequest): Vertex {
  const { model, dataset, seed, repeat } = request;
  const { graph, rates } = context;
  const length = stageLength(context, recipe, dataset);
  reportAugment(context, recipe, request);
  const size = recipe.resize ?? model.spec.size;
  const checked = checkedSplit(recipe, dataset);
  const kept = keep.map(({ value, unit }) => `${value}${unit}`).join(",");
  const metric = checkMetric(recipe, dataset);
  const about = [model, dataset, recipe, seed, repeat, request.fold ?? "", kept];
  const params = sharedParams(context, "train", about, () => ({
    model: model.trainingSpec,
    recipe: trainingParams(context, recipe, dataset, keep),
    metric,
    ...changedMetric(metric),
    task: dataset.task,
    normalize: dataset.normalize,
    streams: trainingStreams(context, request),
  }));
  const microBatch = microBatchOf(context, params, { model, recipe });
  return graph.node({
    op: "train",
    params,
    inputs: [
      ["init", state],
      ["train", prepareSplit(context, dataset, "train", { size, channels: dataset.channels })],
      ...(checked
        ? [["val", prepareSplit(context, dataset, checked, { size, channels: dataset.channels })] as const]
        : []),
    ],
    computedBy: "engine",
    microBatch,
    label,
    location: recipe.location,
    ...(recipe.checkpoint ? { checkpoint: recipe.checkpoint } : {}),
    estimate: () => {
      const work = {
        steps: length?.steps ?? 0,
        batch: recipe.batch,
        checkImages: checked ? (splitImages(dataset, checked) ?? 0) : 0,
        checks: length?.checks ?? 0,
        states: 2 + keep.length,
      };
      const variant = `${microBatch ?? "whole"} ${recipe.optimizer.id} ${recipe.precision?.id ?? ""}`;
      return remembered(model.estimates, `train ${Object.values(work).join(" ")} ${variant}`, () =>
        estimateTrain({ ...measuredBy(model), ...work, valueBytes: stepBytes(request, recipe, microBatch) }, rates),
      );
    },
  });
}

/** Pieces of a batch need what a step of so many images does, and the gradients that they are added to. */
function stepBytes({ model, dataset }: TrainRequest, recipe: RecipeSpec, microBatch: number | undefined): number {
  const { optimizer, clipNorm = null, precision } = recipe;
  const options = { model: model.trainingSpec, task: dataset.task, optimizer, clipNorm };
  const batch = microBatch ?? recipe.batch;
  const step = valueBytes(stepMemory({ ...options, batch, ...(precision === undefined ? {} : { precision }) }));
  return step + (microBatch === undefined ? 0 : stateBytes(model.info));
}

function trainingStreams(context: Context, { model, seed, repeat, fold }: TrainRequest): TrainingStreams {
  const drops = dropsAnything(model.trainingSpec);
  return remembered(context.training.streams, `${seed}:${repeat}:${fold ?? ""}:${drops ? "dropout" : ""}`, () => ({
    order: { seed, purpose: "order", repeat, about: fold === undefined ? [] : ["fold", fold] },
    augment: { seed, purpose: "augment", repeat, about: [] },
    ...(drops ? { dropout: { seed, purpose: "dropout", repeat, about: [] } } : {}),
  }));
}

/** The split every check evaluates: the selection's, else `val` where there is one. */
export function checkedSplit({ select }: RecipeSpec, dataset: LoweredDataset): SplitName | undefined {
  if (select.kind === "best") return select.on;
  return hasSplit(dataset, "val") ? "val" : undefined;
}

export function checkMetric({ select }: RecipeSpec, dataset: LoweredDataset): string {
  return select.kind === "best" ? resolveMetric(select.metric, dataset) : dataset.spec.metric;
}

/** A metric's first version is not in the key of a training that checks by it; a later one is. */
function changedMetric(metric: string): { readonly versions?: CatalogVersions } {
  const version = entry("metric", metric)?.version ?? 1;
  return version === 1 ? {} : { versions: { [metric]: version } };
}

/** A recipe is shared between targets, so its metric may still be the target's own. */
export function resolveMetric(metric: string, dataset: LoweredDataset): string {
  return metric === "target.metric" ? dataset.spec.metric : metric;
}

function trainingParams(
  context: Context,
  recipe: RecipeSpec,
  dataset: LoweredDataset,
  keep: readonly Duration[],
): TrainingParams {
  const variants = remembered(context.training.recipes, recipe, () => new Map());
  const variant = `${checkMetric(recipe, dataset)} ${keep.map(({ value, unit }) => `${value}${unit}`).join(",")}`;
  return remembered(variants, variant, () => {
    const { optimizer, batch, dropLast, duration, select } = recipe;
    const meaningful = (choices: RecipeSpec["schedule"], neutral: string) =>
      choices.length === 1 && choices[0]?.id === neutral ? [] : choices;
    return {
      optimizer,
      schedule: meaningful(recipe.schedule, "constant"),
      batch,
      dropLast,
      duration,
      clipNorm: recipe.clipNorm ?? null,
      augment: meaningful(recipe.augment, "none"),
      select: select.kind === "best" ? { ...select, metric: checkMetric(recipe, dataset) } : select,
      keep,
      ...(recipe.precision ? { precision: recipe.precision } : {}),
    };
  });
}

/** Once for each size and number of channels. */
function reportAugment(context: Context, recipe: RecipeSpec, { model, dataset }: TrainRequest): void {
  if (recipe.augment.length === 0) return;
  const channels = dataset.facts && dataset.channels;
  remembered(context.training.augments, `${context.ids.of(recipe)} ${model.spec.size} ${channels}`, () => {
    const problem = checkAugment(recipe, model.spec, channels);
    if (problem !== undefined) context.report(problem);
    return true as const;
  });
}

function stageLength(context: Context, recipe: RecipeSpec, dataset: LoweredDataset): StageLength | undefined {
  const byDataset = remembered(context.training.lengths, recipe, () => new Map());
  if (!byDataset.has(dataset)) byDataset.set(dataset, measureStage(context, recipe, dataset));
  return byDataset.get(dataset);
}

/** Also where a stage is checked: once for each recipe and data set. */
function measureStage(context: Context, recipe: RecipeSpec, dataset: LoweredDataset): StageLength | undefined {
  for (const problem of checkStage(recipe, dataset)) context.report(problem);
  const trainImages = splitImages(dataset, "train");
  if (trainImages === undefined) return undefined;
  const lengths = { trainImages, batch: recipe.batch, dropLast: recipe.dropLast };
  const steps = resolveDuration(recipe.duration, lengths, recipe.select.every);
  return { steps, checks: checkSteps(steps, recipe.select.every, lengths).length };
}
