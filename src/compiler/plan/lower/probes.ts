/** Probes → `predict`, `score` and `probe.*` nodes. One function a probe of the catalogue. */

import { entry } from "../../../catalog/index.js";
import type { Choice, Json } from "../../../catalog/types.js";
import { featuresMemory, valueBytes } from "../../../models/memory.js";
import { diagnostic } from "../../messages.js";
import type { Cell, ProbeSpec, SplitName } from "../../study.js";
import { checkHistory } from "../check/history.js";
import { checkMetricTask } from "../check/metric.js";
import { checkNeighbours } from "../check/neighbours.js";
import { checkSplit } from "../check/splits.js";
import { estimateForward, estimateHost, type ForwardWork } from "../estimate.js";
import type { Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import type { CatalogVersions } from "../types.js";
import { lowerState, seenThrough } from "./cells.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, prepareSplit, splitImages } from "./datasets.js";
import { measured } from "./measured.js";
import { type LoweredModel, measuredBy } from "./models.js";
import { lowerScore } from "./score.js";
import type { LoweredState } from "./sources.js";
import { checkMetric, resolveMetric, type Trained } from "./train.js";

export interface ProbeRequest {
  readonly probe: ProbeSpec;
  readonly cell: Cell;
  readonly trained: Trained;
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly label: string;
}

type ProbeLowering = (context: Context, request: ProbeRequest) => Vertex | undefined;

const LOWERINGS: { readonly [probe: string]: ProbeLowering } = {
  score: lowerScore,
  cka: lowerCka,
  knn: lowerKnn,
  l2: lowerL2,
  steps_to: lowerHistory,
};

/** Catalogue ids that can be lowered; a test holds them equal to the catalogue. */
export const LOWERED_PROBES: readonly string[] = Object.keys(LOWERINGS);

/** Undefined, with a diagnostic, where the probe cannot run. */
export function lowerProbe(context: Context, probe: ProbeSpec, cell: Cell, trained: Trained): Vertex | undefined {
  const lowering = LOWERINGS[probe.probe.id];
  const { model, dataset } = trained;
  const label = `${probe.measure} of ${cell.id}`;
  return lowering?.(context, { probe, cell, trained, model, dataset, label });
}

function lowerCka(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, dataset, label, model, cell } = request;
  const place = measured(context, { split: probe.on, dataset: probe.dataset }, request);
  const [a, b] = statesOf(context, request, 2);
  if (!a || !b || !place) return undefined;
  const sample = numberOf(probe.probe, "images");
  return context.graph.node({
    op: "probe.cka",
    params: sharedParams(context, "probe.cka", [model, dataset, probe.probe, probe.estimator, cell.seed], () => ({
      model: model.spec,
      layers: model.layers,
      normalize: dataset.normalize,
      versions: versionsOf(probe.probe),
      estimator: stringOf(probe.probe, "estimator", probe.estimator),
      images: sample,
      batch: numberOf(probe.probe, "batch"),
      // one fixed sample of images a seed, whatever the repeat
      stream: { seed: cell.seed, purpose: "images", repeat: 0, about: [] },
    })),
    inputs: [["a", a.output], ["b", b.output], ["data", place.images], ...place.beside],
    computedBy: "engine",
    label,
    location: probe.location,
    estimate: () => {
      const images = Math.min(sample, place.count ?? sample);
      return remembered(model.estimates, `cka ${images}`, () => {
        const gram = images * images;
        const width = sum(model.info.layers.map(({ shape }) => shape.reduce((product, size) => product * size, 1)));
        return forward(context, model, {
          images: 2 * images,
          extraFlops: 4 * gram * width + 2 * gram * model.layers.length ** 2,
          extraMemory: 2 * 4 * gram * model.layers.length,
          outputBytes: 16 * model.layers.length ** 2,
        });
      });
    },
  });
}

function lowerKnn(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, dataset, label, model } = request;
  const bank = stringOf(probe.probe, "bank", "train") as SplitName;
  const k = numberOf(probe.probe, "k");
  const metric = resolveMetric(probe.metric ?? dataset.spec.metric, dataset);
  const problem =
    checkMetricTask(metric, dataset, probe.location) ??
    checkSplit(dataset, bank, probe.location) ??
    checkNeighbours(k, dataset, bank, probe.location);
  if (problem) context.report(problem);
  const place = measured(context, { split: probe.on, dataset: probe.dataset }, request);
  const [state] = statesOf(context, request, 1);
  if (!state || !place || problem) return undefined;
  return context.graph.node({
    op: "probe.knn",
    params: sharedParams(context, "probe.knn", [model, dataset, probe.probe, metric], () => ({
      model: model.spec,
      layers: model.layers,
      normalize: dataset.normalize,
      versions: versionsOf(probe.probe, metric),
      k,
      temperature: numberOf(probe.probe, "temperature"),
      metric,
      features: stringOf(probe.probe, "features", "pooled"),
    })),
    inputs: [
      ["state", state.output],
      ["bank", imagesOf(context, request, bank)],
      ["query", place.images],
      ...place.beside,
    ],
    computedBy: "engine",
    label,
    location: probe.location,
    estimate: () => {
      const banked = splitImages(dataset, bank) ?? 0;
      const queried = place.count ?? 0;
      return remembered(model.estimates, `knn ${banked} ${queried}`, () => {
        const width = sum(model.info.layers.map(({ shape }) => (shape.at(-1) ?? 1) + (shape[0] ?? 1)));
        return forward(context, model, {
          images: banked + queried,
          extraFlops: 2 * banked * queried * width,
          extraMemory: 4 * (banked + queried) * width,
          outputBytes: 16 * model.layers.length,
        });
      });
    },
  });
}

function lowerL2(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, label, model } = request;
  const [a, b] = statesOf(context, request, 2);
  if (!a || !b) return undefined;
  return context.graph.node({
    op: "probe.l2",
    params: sharedParams(context, "probe.l2", [model, probe.probe, probe.estimator], () => ({
      model: model.spec,
      estimator: stringOf(probe.probe, "estimator", probe.estimator),
      versions: versionsOf(probe.probe),
    })),
    inputs: [
      ["a", a.output],
      ["b", b.output],
    ],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, model),
  });
}

/** Reads the last stage's history, in the metric its checks measured. */
function lowerHistory(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, trained, label, cell, dataset } = request;
  const train = trained.stages.at(-1);
  const recipe = cell.train.at(-1);
  if (!train || !recipe) return undefined;
  const problem = checkHistory(probe, recipe, dataset);
  if (problem) {
    context.report(problem);
    return undefined;
  }
  const { metric: _, on: __, ...params } = probe.probe.params;
  return context.graph.node({
    op: "probe.history",
    params: {
      measure: probe.probe.id,
      metric: checkMetric(recipe, dataset),
      options: { ...probe.probe, params },
    },
    inputs: [["train", { vertex: train, output: "history" }]],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, request.model),
  });
}

/** The probe's states through the cell's model; shorter than `count` where one of them cannot be had. */
export function statesOf(context: Context, request: ProbeRequest, count: number): readonly LoweredState[] {
  const { probe, cell, model, dataset } = request;
  const states = probe.states.slice(0, count).map((state) => lowerState(context, state, cell));
  const [first, second] = states;
  if (states.some((state) => state?.model && !alike(state.model, model))) {
    const extras = { first: named(first, model), second: named(second, model), probe: probe.measure };
    context.report(diagnostic("states-differ", extras, probe.location));
    return [];
  }
  const found = states.filter((state) => state !== undefined);
  return found.map((state) => seenThrough(context, state, model, cell, dataset.task));
}

/** Models of one family with the same layers, whatever their channels and classes. */
function alike(first: LoweredModel, second: LoweredModel): boolean {
  if (first.layers === second.layers) return true;
  return (
    first.spec.family === second.spec.family &&
    first.layers.length === second.layers.length &&
    first.layers.every((layer, index) => layer === second.layers[index])
  );
}

function named(state: LoweredState | undefined, model: LoweredModel): string {
  return state ? `${state.label} (${(state.model ?? model).name})` : `this cell's model (${model.name})`;
}

function imagesOf(context: Context, { dataset, trained }: ProbeRequest, split: SplitName) {
  return prepareSplit(context, dataset, split, { size: trained.evaluationSize, channels: dataset.channels });
}

export function forward(
  context: Context,
  model: LoweredModel,
  work: Pick<ForwardWork, "images" | "extraFlops" | "extraMemory" | "outputBytes">,
) {
  return estimateForward(
    { ...measuredBy(model), ...work, valueBytes: valueBytes(featuresMemory(model.spec)) },
    context.rates,
  );
}

/** Host work on a few numbers. */
export function small(context: Context, model: LoweredModel) {
  return remembered(model.estimates, "small", () => estimateHost({ images: 0, bytes: 1024 }, context.rates));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function versionsOf({ id, version }: Choice, metric?: string): CatalogVersions {
  return { [id]: version, ...(metric === undefined ? {} : { [metric]: entry("metric", metric)?.version ?? 1 }) };
}

function numberOf({ id, params }: Choice, name: string): number {
  const value: Json = params[name] ?? entry("probe", id)?.parameters[name]?.default ?? 0;
  return typeof value === "number" ? value : 0;
}

function stringOf({ params }: Choice, name: string, otherwise: string): string {
  const value = params[name];
  return typeof value === "string" ? value : otherwise;
}
