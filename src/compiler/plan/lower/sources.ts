/** Sources: `weights.import`, and the chain of nodes behind `pretrain`. */

import { parentOf } from "../../init-parent.js";
import { diagnostic } from "../../messages.js";
import type { ModelChoice, PretrainSpec, SourceSpec, StateMoment, WeightsSpec } from "../../study.js";
import { namesText } from "../../weights-names.js";
import { checkTwins } from "../check/twins.js";
import { estimateHost } from "../estimate.js";
import type { Output } from "../graph.js";
import type { TensorSupply } from "../parts/manifest.js";
import { type Context, outputId } from "./context.js";
import { type LoweredDataset, lowerDataset, placeholder } from "./datasets.js";
import { lowerInit } from "./init.js";
import { type LoweredModel, lowerModel } from "./models.js";
import { lowerTraining, type Trained } from "./train.js";

/** A state some node puts out. */
export interface LoweredState extends TensorSupply {
  readonly output: Output;
  /** Absent for a checkpoint, which names no model. */
  readonly model?: LoweredModel;
  /** Whose classes its head tells apart; where it is known to have one. */
  readonly trainedOn?: LoweredDataset;
  /** Of features from elsewhere, which have no tensors: what their layer is called, and how many an image has where known. */
  readonly given?: { readonly layer: string; readonly width?: number };
}

export function stateOf(output: Output, label: string, model: LoweredModel, trainedOn?: LoweredDataset): LoweredState {
  const known = trainedOn === undefined ? {} : { trainedOn };
  return { output, ref: refOf(output), label, model, shapes: model.shapes, ...known };
}

export function refOf({ vertex, output }: Output): TensorSupply["ref"] {
  return { node: vertex.node.key, output };
}

/** Whose draws: the cell's, and for shared pretraining repeat 0. */
export interface Drawer {
  readonly seed: number;
  readonly repeat: number;
  readonly model: ModelChoice;
}

export interface SourceMemo {
  readonly pretrained: Map<PretrainSpec, Map<string, Trained | undefined>>;
  readonly imported: Map<WeightsSpec, LoweredState>;
  /** Sources with a problem of their own, which has been told: nobody is told again that there is nothing to draw from. */
  readonly unusable: Set<SourceSpec>;
}

/** `state` resolves the states of cells, which live a floor above. */
export function lowerSource(...request: Parameters<typeof lowerUsable>): LoweredState | undefined {
  const [context, source] = request;
  const lowered = lowerUsable(...request);
  if (!lowered) context.sources.unusable.add(source);
  return lowered;
}

function lowerUsable(
  context: Context,
  source: SourceSpec,
  drawer: Drawer,
  state: (spec: Extract<SourceSpec, { kind: "state" }>["state"]) => LoweredState | undefined,
): LoweredState | undefined {
  switch (source.kind) {
    case "weights":
      return importWeights(context, source.weights, source.name, drawer.model);
    case "pretrain": {
      const trained = pretrain(context, source.pretrain, drawer, state);
      return trained && momentOf(context, trained, source.at, source.name, source.pretrain);
    }
    case "state":
      return state(source.state);
    default:
      return source satisfies never;
  }
}

function importWeights(context: Context, spec: WeightsSpec, name: string, model: ModelChoice): LoweredState {
  const fact = context.facts.weights.get(spec);
  if (fact?.status === "known") checkTwins(context, spec, fact.facts, model);
  const known = context.sources.imported.get(spec);
  if (known) return known;
  if (fact?.status === "problem") {
    const { message: problem, hint } = fact;
    context.report(diagnostic("weights-problem", { path: spec.path, problem, hint }, spec.location));
  }
  const facts = fact?.status === "known" ? fact.facts : undefined;
  const { names } = spec;
  const vertex = context.graph.node({
    op: "weights.import",
    params: { digest: facts?.digest ?? placeholder([spec.path, spec.declaredIn]), ...(names ? { names } : {}) },
    inputs: [],
    computedBy: "host",
    label: `import ${spec.path}${names ? ` (${namesText(names)})` : ""}`,
    location: spec.location,
    unknown: facts ? undefined : true,
    estimate: () => estimateHost({ images: 0, bytes: facts ? checkpointBytes(facts.tensors) : 0 }, context.rates),
    resource: { path: spec.path, declaredIn: spec.declaredIn, name },
    notes: facts?.notes,
  });
  const output = { vertex, output: "state" };
  const state: LoweredState = {
    output,
    ref: refOf(output),
    label: name,
    from: "file",
    ...(facts ? { shapes: new Map(Object.entries(facts.tensors)) } : {}),
  };
  context.sources.imported.set(spec, state);
  return state;
}

function checkpointBytes(tensors: { readonly [name: string]: readonly number[] }): number {
  const sizes = Object.values(tensors).map((shape) => shape.reduce((product, size) => product * size, 1));
  return 4 * sizes.reduce((sum, size) => sum + size, 0);
}

/** Shared by all cells of a model; trained anew for each repeat only where the study says so. */
function pretrain(
  context: Context,
  spec: PretrainSpec,
  drawer: Drawer,
  state: Parameters<typeof lowerSource>[3],
): Trained | undefined {
  const repeat = spec.repeats === "own" ? drawer.repeat : 0;
  const dataset = lowerDataset(context, spec.on, drawer.seed);
  // an adapter is no part of what a source was trained as
  const model = lowerModel(context, drawer.model.base ?? drawer.model, dataset);
  if (!model) return undefined;
  let byDraw = context.sources.pretrained.get(spec);
  if (!byDraw) {
    byDraw = new Map();
    context.sources.pretrained.set(spec, byDraw);
  }
  const draw = `${drawer.seed}:${repeat}:${model.name}:${outputId(dataset.index)}`;
  if (byDraw.has(draw)) return byDraw.get(draw);
  const label = `${spec.name}[${model.name}]${repeat > 0 ? `#${repeat}` : ""}`;
  const from = spec.from;
  const parent = parentOf(spec.init.rules);
  const own: Drawer = { ...drawer, repeat };
  const source: Drawer = parent === undefined ? own : { ...own, model: parent };
  const initial = lowerInit(context, {
    init: spec.init,
    model,
    task: dataset.task,
    draw: own,
    label,
    transferId: from ? `pretrain ${draw}` : "none",
    transfer: () => from && lowerSource(context, from, source, state),
    state,
  });
  const trained = lowerTraining(context, {
    model,
    dataset,
    initial,
    recipes: spec.using,
    // its beginning is there anyway
    keep: spec.keep.filter(({ value }) => value > 0),
    seed: drawer.seed,
    repeat,
    label,
  });
  byDraw.set(draw, trained);
  return trained;
}

/** One of the states of a training. */
export function momentOf(
  context: Context,
  trained: Trained,
  moment: StateMoment,
  name: string,
  spec: Pick<PretrainSpec, "location">,
): LoweredState | undefined {
  switch (moment.kind) {
    case "selected":
      if (trained.seen?.label !== name) trained.seen = stateOf(trained.selected, name, trained.model, trained.dataset);
      return trained.seen;
    case "initial":
    case "last":
      return stateOf(trained[moment.kind], `${name}.${moment.kind}`, trained.model, trained.dataset);
    case "checkpoint": {
      const { value, unit } = moment.at;
      if (value === 0) return stateOf(trained.initial, `${name}.initial`, trained.model, trained.dataset);
      const kept = trained.kept.find(({ at }) => at.value === value && at.unit === unit);
      if (kept) return stateOf(kept.state, `${name}.at(${value} ${unit})`, trained.model, trained.dataset);
      const all = trained.kept.map(({ at }) => `${at.value} ${at.unit}`).join(", ") || "none";
      context.report(
        diagnostic("checkpoint-not-kept", { source: name, at: `${value} ${unit}`, kept: all }, spec.location),
      );
      return undefined;
    }
    default:
      return moment satisfies never;
  }
}
