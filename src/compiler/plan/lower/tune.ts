/** A tuned cell: its trials, the choice among them that its group makes, and what is trained by the chosen values. */

import { entry } from "../../../catalog/index.js";
import { diagnostic } from "../../messages.js";
import type { Cell, RecipeSpec, TuneGroup } from "../../study.js";
import { checkMetricTask } from "../check/metric.js";
import { checkSplit } from "../check/splits.js";
import { estimateHost } from "../estimate.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import type { OpParams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { hasSplit, prepareSplit, splitImages } from "./datasets.js";
import { fitInputs, fitParams } from "./fit.js";
import { forward } from "./probe-estimate.js";
import { pluginsOf, small, versionsOf } from "./probe-request.js";
import {
  type ChosenTrial,
  lowerTraining,
  resolveMetric,
  type Trained,
  type TrainRequest,
  trainInputs,
  trainNodeParams,
} from "./train.js";

export interface TuneMemo {
  readonly choices: Map<TuneGroup, Vertex | undefined>;
  readonly trials: Map<Cell, readonly Trained[] | undefined>;
}

/** A cell's training but for its recipes; undefined where it cannot be built. */
export type RequestOf = (cell: Cell) => TrainRequest | undefined;

/** Undefined, with a diagnostic, where it cannot be built. */
export function lowerTuned(context: Context, cell: Cell, requestOf: RequestOf): Trained | undefined {
  const request = requestOf(cell);
  const { tuned } = cell;
  if (request === undefined || tuned === undefined) return undefined;
  const choice = lowerChoice(context, tuned.group, requestOf);
  const trials = trialsOf(context, cell, requestOf);
  if (choice === undefined || trials === undefined) return undefined;
  const [first] = trials;
  if (first === undefined) return undefined;
  const taken = () => takeNode(context, request, { trials, choice, first });
  const chosen: ChosenTrial = {
    choice,
    recipes: tuned.trials.flatMap((recipes) => recipes.at(-1) ?? []),
    history: () => ({ vertex: taken(), output: "history" }),
  };
  const found =
    tuned.group.refit === "none"
      ? withState(first, request.label, [taken()])
      : refitted(context, cell, request, { trials, choice, first });
  return found && { ...found, chosen };
}

/** The node that says which point of the grid its group chose. */
export function choiceOf(context: Context, group: TuneGroup): Vertex | undefined {
  return context.tunes.choices.get(group);
}

function trialsOf(context: Context, cell: Cell, requestOf: RequestOf): readonly Trained[] | undefined {
  return remembered(context.tunes.trials, cell, () => {
    const request = requestOf(cell);
    const { trials = [] } = cell.tuned ?? {};
    return (
      request &&
      trials.map((recipes, index) => {
        return lowerTraining(context, { ...request, recipes, label: `${request.label} trial ${index + 1}` });
      })
    );
  });
}

function lowerChoice(context: Context, group: TuneGroup, requestOf: RequestOf): Vertex | undefined {
  const { choices } = context.tunes;
  if (!choices.has(group)) choices.set(group, chooseNode(context, group, requestOf));
  return choices.get(group);
}

function chooseNode(context: Context, group: TuneGroup, requestOf: RequestOf): Vertex | undefined {
  const columns = group.cells.map((cell) => scoresOf(context, group, cell, requestOf));
  const metric = columns[0]?.metric;
  const [model] = group.cells.flatMap((cell) => requestOf(cell)?.model ?? []);
  if (metric === undefined || model === undefined || columns.includes(undefined)) return undefined;
  const inputs = columns.flatMap((column, cell) =>
    (column?.scores ?? []).map((score, trial) => [`score${trial}.${cell}`, { vertex: score, output: "" }] as const),
  );
  const found = context.catalog.entry("metric", metric);
  const at = Object.values(group.at).map(({ label }) => label);
  return context.graph.node({
    op: "tune.choose",
    params: {
      metric,
      versions: { [metric]: found?.version ?? 1 },
      ...pluginsOf(found),
      grid: group.paths.map(({ path, values }) => ({ path, values })),
      cells: columns.length,
    },
    inputs,
    computedBy: "host",
    label: `choose ${group.paths.map(({ path }) => path).join(", ")}${at.length === 0 ? "" : ` for ${at.join(", ")}`}`,
    location: group.location,
    estimate: () => small(context, model),
  });
}

/** A score on the validation split of every trial of a cell. */
function scoresOf(context: Context, group: TuneGroup, cell: Cell, requestOf: RequestOf) {
  const trials = trialsOf(context, cell, requestOf);
  const dataset = trials?.[0]?.dataset;
  if (trials === undefined || dataset === undefined) return undefined;
  const metric = resolveMetric(group.metric, dataset);
  const problem =
    checkSplit(dataset, "val", group.location) ?? checkMetricTask(context.catalog, metric, dataset, group.location);
  if (problem) {
    context.report(problem);
    return undefined;
  }
  return {
    metric,
    scores: trials.map((trained, trial) => scoreOnVal(context, cell, trained, { metric, trial, group })),
  };
}

interface Scored {
  readonly metric: string;
  readonly trial: number;
  readonly group: TuneGroup;
}

/** The nodes that a `score(metric, on: val)` would have. */
function scoreOnVal(context: Context, cell: Cell, trained: Trained, { metric, trial, group }: Scored): Vertex {
  const { model, dataset, evaluationSize: size } = trained;
  const images = splitImages(dataset, "val") ?? 0;
  const name = `${cell.id} trial ${trial + 1}`;
  const predictions = context.graph.node({
    op: "predict",
    params: sharedParams(context, "predict", [model, dataset], () => ({
      model: model.spec,
      normalize: dataset.normalize,
    })),
    inputs: [
      ["state", trained.selected],
      ["data", prepareSplit(context, dataset, "val", { size, channels: dataset.channels })],
    ],
    computedBy: "engine",
    label: `predict ${dataset.spec.name}.val for ${name}`,
    location: group.location,
    estimate: () =>
      remembered(model.estimates, `predict ${images}`, () =>
        forward(context, model, {
          images,
          extraFlops: 0,
          extraMemory: 0,
          outputBytes: images * 4 * model.spec.classes,
        }),
      ),
  });
  const score = { id: "score", version: entry("probe", "score")?.version ?? 1, params: {} };
  return context.graph.node({
    op: "score",
    params: sharedParams(context, "score", ["tune", metric, dataset], () => ({
      metric,
      task: dataset.task,
      ...versionsOf(context, score, metric),
    })),
    inputs: [["predictions", { vertex: predictions, output: "logits" }]],
    computedBy: "host",
    label: `${metric} of ${name}`,
    location: group.location,
    estimate: () => small(context, model),
  });
}

interface Chosen {
  readonly choice: Vertex;
  /** As all trials are, but for their recipes. */
  readonly first: Trained;
}

interface Tried extends Chosen {
  readonly trials: readonly Trained[];
}

/** What the chosen trial left: its states and its curve. */
function takeNode(
  context: Context,
  { model, dataset, label, initial }: TrainRequest,
  { trials, choice, first }: Tried,
): Vertex {
  return context.graph.node({
    op: "tune.take",
    params: { model: model.trainingSpec, normalize: dataset.normalize },
    inputs: [
      ["init", initial],
      ["train", prepareSplit(context, dataset, "train", { size: first.evaluationSize, channels: dataset.channels })],
      ["choice", { vertex: choice, output: "choice" }],
      ...trials.map((trial, index) => [`trial${index}`, trial.selected] as const),
    ],
    computedBy: "host",
    label: `take the chosen of ${label}`,
    location: choice.node.location,
    estimate: () => estimateHost({ images: 0, bytes: 1024 }, context.rates),
  });
}

function withState(first: Trained, label: string, stages: readonly Vertex[]): Trained {
  const vertex = stages.at(-1);
  const output = (name: string): Output => (vertex === undefined ? first.selected : { vertex, output: name });
  return { ...first, label, selected: output("selected"), last: output("last"), kept: [], stages, seen: undefined };
}

/** Trained anew on the training and validation images by the chosen values; a stage that is not tuned is as it is. */
function refitted(
  context: Context,
  cell: Cell,
  request: TrainRequest,
  { trials: tries, choice, first }: Tried,
): Trained | undefined {
  const { dataset, label } = request;
  const trials = cell.tuned?.trials ?? [];
  if (!hasSplit(dataset, "val")) return undefined;
  let state = request.initial;
  const stages: Vertex[] = [];
  for (const [stage, recipe] of cell.train.entries()) {
    const grid = trials.map((recipes) => withoutChecks(recipes[stage] ?? recipe));
    for (const each of grid) {
      if (!each.schedule.some(({ id }) => id === "plateau")) continue;
      context.report(diagnostic("tune-plateau", { recipe: each.name }, each.scheduleAt ?? each.location));
      return undefined;
    }
    const name = cell.train.length > 1 ? `refit ${label} stage ${stage + 1}` : `refit ${label}`;
    const tried = tries.flatMap((trial) => trial.stages[stage] ?? []);
    const vertex = refitNode(context, { ...request, recipes: grid }, { grid, state, choice, tried, name });
    state = { vertex, output: "selected" };
    stages.push(vertex);
  }
  return withState(first, label, stages);
}

/** There is no validation split left to check on: the last state counts. */
function withoutChecks(recipe: RecipeSpec): RecipeSpec {
  return remembered(unchecked, recipe, () => ({ ...recipe, select: { kind: "last", every: recipe.select.every } }));
}
const unchecked = new WeakMap<RecipeSpec, RecipeSpec>();

interface RefitStage {
  readonly grid: readonly RecipeSpec[];
  readonly state: Output;
  readonly choice: Vertex;
  /** This stage of every trial. */
  readonly tried: readonly Vertex[];
  readonly name: string;
}

function refitNode(context: Context, request: TrainRequest, refit: RefitStage): Vertex {
  const { grid, state, choice, tried, name } = refit;
  const { model, dataset } = request;
  const [recipe] = grid;
  if (recipe === undefined) throw new RangeError("an empty grid");
  const split = "train_val" as const;
  const stages = grid.map((each): OpParams["tune.refit"]["stages"][number] =>
    each.solver === undefined
      ? { op: "train", params: trainNodeParams(context, request, each, []) }
      : { op: "fit", params: fitParams(context, { model, dataset, recipe: each }) },
  );
  const { inputs, estimate } =
    recipe.solver === undefined
      ? trainInputs(context, request, { recipe, state, keep: [], split })
      : {
          inputs: fitInputs(context, { model, dataset, recipe, state, split, label: name }),
          estimate: () => small(context, model),
        };
  return context.graph.node({
    op: "tune.refit",
    params: { model: model.trainingSpec, normalize: dataset.normalize, stages },
    inputs: [
      ["choice", { vertex: choice, output: "choice" }],
      ...inputs,
      // how long it trains is what the chosen trial found
      ...(recipe.stop === undefined
        ? []
        : tried.map((vertex, index) => [`trial${index}`, { vertex, output: "history" }] as const)),
    ],
    computedBy: recipe.solver === undefined ? "engine" : "host",
    label: name,
    location: recipe.location,
    estimate,
  });
}
