/** Stages of training: one `train` node each, the next one starting from what the one before selected. */

import type { Duration } from "../../../catalog/types.js";
import { dropsAnything } from "../../../models/blocks/dropout.js";
import { stepMemory, stepShare, valueBytes } from "../../../models/memory.js";
import type { RecipeSpec, SplitName, TrainingSplit } from "../../study.js";
import { checkAugment } from "../check/augment.js";
import { checkKept } from "../check/stopping.js";
import { checkStage } from "../check/training.js";
import { estimateTrain, stateBytes } from "../estimate.js";
import type { NodeRequest, Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import { checkSteps, resolveDuration } from "../steps.js";
import type { MetricVersions, OpParams, TrainingParams, TrainingStreams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { hasSplit, type LoweredDataset, prepareSplit, splitImages } from "./datasets.js";
import { lowerFit } from "./fit.js";
import { microBatchOf } from "./micro-batch.js";
import { type LoweredModel, measuredBy } from "./models.js";
import { pluginsOf } from "./probe-request.js";
import type { LoweredState } from "./sources.js";
import { type FrozenMemo, frozenOf } from "./trained-parts.js";

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
  /** Where its numbers were chosen among trials: whose checks its curve is. */
  readonly chosen?: ChosenTrial;
  /** What images these states are evaluated on are prepared at, px. */
  readonly evaluationSize: number;
  /** Its selected state, as it was last asked for: most probes of a cell look at that one. */
  seen: LoweredState | undefined;
}

/** The trial that a tuned cell's values come from. */
export interface ChosenTrial {
  /** Says which; output `choice`. */
  readonly choice: Vertex;
  /** The last stage's recipe, by trial. */
  readonly recipes: readonly RecipeSpec[];
  /** Of its last stage. Makes the node that takes it where there is none yet. */
  history(): Output;
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
  readonly lengths: Map<RecipeSpec, Map<LoweredDataset, Map<TrainingSplit, StageLength | undefined>>>;
  readonly streams: Map<string, TrainingStreams>;
  readonly frozen: FrozenMemo;
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
    const what = recipes.length > 1 ? `train ${label} stage ${stage + 1} (${recipe.name})` : `train ${label}`;
    const vertex =
      recipe.solver === undefined
        ? lowerStage(context, request, { recipe, state, keep: isLast ? request.keep : [], label: what })
        : lowerFit(context, { model, dataset, recipe, state, split: "train", label: what });
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
    kept: request.keep.map((at, index) => {
      const fitted = recipes.at(-1)?.solver !== undefined;
      return { at, state: fitted ? last : { ...last, output: `keep${index}` } };
    }),
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
  const params = trainNodeParams(context, request, recipe, keep);
  const lost = checkKept(recipe, keep, request.dataset);
  if (lost !== undefined) context.report(lost);
  const microBatch = microBatchOf(context, params, { model: request.model, recipe });
  return context.graph.node({
    op: "train",
    params,
    ...trainInputs(context, request, { recipe, state, keep, split: "train", microBatch }),
    computedBy: "engine",
    microBatch,
    label,
    location: recipe.location,
    ...(recipe.checkpoint ? { checkpoint: recipe.checkpoint } : {}),
  });
}

export function trainNodeParams(
  context: Context,
  request: TrainRequest,
  recipe: RecipeSpec,
  keep: readonly Duration[],
): OpParams["train"] {
  const { model, dataset, seed, repeat } = request;
  const kept = keep.map(({ value, unit }) => `${value}${unit}`).join(",");
  const metric = checkMetric(recipe, dataset);
  const about = [model, dataset, recipe, seed, repeat, request.fold ?? "", kept];
  return sharedParams(context, "train", about, () => ({
    model: model.trainingSpec,
    recipe: trainingParams(context, recipe, { dataset, model, keep }),
    metric,
    ...changedMetric(context, metric),
    task: dataset.task,
    normalize: dataset.normalize,
    streams: trainingStreams(context, request, recipe),
  }));
}

export interface StageInputs extends Omit<StageRequest, "label"> {
  readonly split: TrainingSplit;
  readonly microBatch?: number | undefined;
}

/** What a stage reads, and what it will cost. Nothing is checked where the validation images are trained on. */
export function trainInputs(
  context: Context,
  request: TrainRequest,
  { recipe, state, keep, split, microBatch }: StageInputs,
): Pick<NodeRequest<"train">, "inputs" | "estimate"> {
  const { model, dataset } = request;
  const length = stageLength(context, recipe, dataset, split);
  reportAugment(context, recipe, request);
  const preparation = { size: recipe.resize ?? model.spec.size, channels: dataset.channels };
  const checked = split === "train" ? checkedSplit(recipe, dataset) : undefined;
  return {
    inputs: [
      ["init", state],
      ["train", prepareSplit(context, dataset, split, preparation)],
      ...(checked ? [["val", prepareSplit(context, dataset, checked, preparation)] as const] : []),
    ],
    estimate: () => {
      const work = {
        steps: length?.steps ?? 0,
        batch: recipe.batch,
        checkImages: checked ? (splitImages(dataset, checked) ?? 0) : 0,
        checks: length?.checks ?? 0,
        states: 2 + keep.length,
        ...(recipe.stop === undefined ? {} : { stops: "early" as const }),
      };
      const frozen = frozenOf(context, recipe, model);
      const held = frozen.length === 0 ? "" : `${context.ids.of(frozen)}`;
      const variant = `${microBatch ?? "whole"} ${recipe.optimizer.id} ${recipe.precision?.id ?? ""} ${held}`;
      return remembered(model.estimates, `train ${Object.values(work).join(" ")} ${variant}`, () => {
        const { valueBytes, share } = stepWork(request, recipe, { microBatch, frozen });
        return estimateTrain({ ...measuredBy(model), ...work, valueBytes, share }, context.rates);
      });
    },
  };
}

interface StepWork {
  readonly microBatch: number | undefined;
  readonly frozen: readonly string[];
}

/**
 * Pieces of a batch need what a step of so many images does, and the gradients that they are added to. `share`: of the
 * arithmetic of a step that trains all, for nothing is computed backward below the first trained tensor.
 */
function stepWork({ model, dataset }: TrainRequest, recipe: RecipeSpec, { microBatch, frozen }: StepWork) {
  const { optimizer, clipNorm = null, precision } = recipe;
  const options = {
    model: model.trainingSpec,
    task: dataset.task,
    optimizer,
    clipNorm,
    batch: microBatch ?? recipe.batch,
    ...(precision === undefined ? {} : { precision }),
  };
  const parts = frozen.length === 0 ? {} : { frozen };
  const step = valueBytes(stepMemory({ ...options, ...parts }));
  return {
    valueBytes: step + (microBatch === undefined ? 0 : stateBytes(model.info)),
    share: frozen.length === 0 ? 1 : stepShare({ ...options, ...parts }),
  };
}

function trainingStreams(
  context: Context,
  { model, seed, repeat, fold }: TrainRequest,
  { mix }: RecipeSpec,
): TrainingStreams {
  const drops = dropsAnything(model.trainingSpec);
  const drawn = `${drops ? "dropout" : ""}:${mix ? "mix" : ""}`;
  return remembered(context.training.streams, `${seed}:${repeat}:${fold ?? ""}:${drawn}`, () => ({
    order: { seed, purpose: "order", repeat, about: fold === undefined ? [] : ["fold", fold] },
    augment: { seed, purpose: "augment", repeat, about: [] },
    ...(drops ? { dropout: { seed, purpose: "dropout", repeat, about: [] } } : {}),
    ...(mix ? { mix: { seed, purpose: "mix", repeat, about: fold === undefined ? [] : ["fold", fold] } } : {}),
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
function changedMetric({ catalog }: Context, metric: string): Partial<MetricVersions> {
  const found = catalog.entry("metric", metric);
  const version = found?.version ?? 1;
  return { ...(version === 1 ? {} : { versions: { [metric]: version } }), ...pluginsOf(found) };
}

/** A recipe is shared between targets, so its metric may still be the target's own. */
export function resolveMetric(metric: string, dataset: LoweredDataset): string {
  return metric === "target.metric" ? dataset.spec.metric : metric;
}

function trainingParams(
  context: Context,
  recipe: RecipeSpec,
  about: Pick<TrainRequest, "dataset" | "model" | "keep">,
): TrainingParams {
  const { dataset, model, keep } = about;
  const variants = remembered(context.training.recipes, recipe, () => new Map());
  const frozen = frozenOf(context, recipe, model);
  const kept = keep.map(({ value, unit }) => `${value}${unit}`).join(",");
  const variant = `${checkMetric(recipe, dataset)} ${kept} ${frozen.length === 0 ? "" : context.ids.of(frozen)}`;
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
      ...(recipe.loss ? { loss: recipe.loss } : {}),
      ...(recipe.mix ? { mix: recipe.mix } : {}),
      ...(recipe.average ? { average: recipe.average } : {}),
      ...(recipe.stop ? { stop: recipe.stop } : {}),
      ...(frozen.length === 0 ? {} : { frozen }),
      ...(recipe.layerDecay === undefined ? {} : { layerDecay: recipe.layerDecay }),
      ...(recipe.unfreeze === undefined ? {} : { unfreeze: recipe.unfreeze }),
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

function stageLength(
  context: Context,
  recipe: RecipeSpec,
  dataset: LoweredDataset,
  split: TrainingSplit,
): StageLength | undefined {
  const byDataset = remembered(context.training.lengths, recipe, () => new Map());
  const known = remembered(byDataset, dataset, () => new Map());
  if (!known.has(split)) known.set(split, measureStage(context, recipe, dataset, split));
  return known.get(split);
}

/** Also where a stage is checked: once for each recipe and data set. */
function measureStage(
  context: Context,
  recipe: RecipeSpec,
  dataset: LoweredDataset,
  split: TrainingSplit,
): StageLength | undefined {
  for (const problem of checkStage(context.catalog, recipe, dataset)) context.report(problem);
  const trainImages = splitImages(dataset, split);
  if (trainImages === undefined) return undefined;
  const lengths = { trainImages, batch: recipe.batch, dropLast: recipe.dropLast };
  const steps = resolveDuration(recipe.duration, lengths, recipe.select.every);
  return { steps, checks: checkSteps(steps, recipe.select.every, lengths).length };
}
