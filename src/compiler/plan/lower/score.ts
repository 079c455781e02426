/** Scores: predictions are computed once for a state and a split, everything else is read off them. */

import { diagnostic } from "../../messages.js";
import { CLASS_COLUMN, type ThresholdSpec } from "../../study.js";
import { checkMetricTask } from "../check/metric.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import type { ScoreParams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { lowerGiven } from "./given.js";
import { checkColumn, type Measured, measured } from "./measured.js";
import { forward } from "./probe-estimate.js";
import { type ProbeRequest, small, statesOf, versionsOf } from "./probe-request.js";
import type { LoweredState } from "./sources.js";
import { resolveMetric } from "./train.js";

export function lowerScore(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, dataset, label, model, cell } = request;
  const metric = resolveMetric(probe.metric ?? dataset.spec.metric, dataset);
  const problem = checkMetricTask(context.catalog, metric, dataset, probe.location);
  if (problem) context.report(problem);
  const place = measured(context, { split: probe.on, dataset: probe.dataset }, request);
  const predict = predictor(context, request, metric);
  if (!predict || !place || problem) return undefined;
  const predictions = predict(place);
  const beside = predictions && besidePredictions(context, request, place, predict, metric);
  if (!beside) return undefined;
  const about = [metric, dataset, probe.probe, cell.seed, probe.scoring ?? "plain"];
  return context.graph.node({
    op: "score",
    params: sharedParams(context, "score", about, () => ({
      metric,
      task: dataset.task,
      ...versionsOf(context, probe.probe, metric),
      ...scoreParams(request),
    })),
    inputs: [["predictions", predictions], ...beside],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, model),
  });
}

/** What gives the predictions it is of, on any images; undefined where nothing does, for which there is a diagnostic. */
type Predictor = (place: Measured) => Output | undefined;

function predictor(context: Context, request: ProbeRequest, metric: string): Predictor | undefined {
  const [given] = request.probe.states;
  if (given?.kind === "predictions") {
    return (place) => lowerGiven(context, request, given.predictions, place, metric);
  }
  const [state] = statesOf(context, request, 1);
  return state && ((place) => predicted(context, request, state, place));
}

/** Of a plain score there is nothing to say, so that its key stays what it is. */
function scoreParams({
  probe: { scoring },
  cell,
}: ProbeRequest): Pick<ScoreParams, "threshold" | "groups" | "interval"> {
  if (scoring === undefined) return {};
  const { threshold, by, minCases, interval } = scoring;
  return {
    ...(threshold === undefined ? {} : { threshold: ruleOf(threshold) }),
    ...(by.length === 0 ? {} : { groups: { by, minCases } }),
    ...(interval === undefined
      ? {}
      : {
          interval: {
            resamples: interval.resamples,
            by: interval.by ?? null,
            ...(interval.method === "bca" ? { method: interval.method } : {}),
            // the same resamples for every state on these cases, so that differences are paired
            stream: { seed: cell.seed, purpose: "bootstrap", repeat: 0, about: [] },
          },
        }),
  };
}

/** Without where it is chosen, which is an input. */
function ruleOf(threshold: ThresholdSpec): NonNullable<ScoreParams["threshold"]> {
  switch (threshold.kind) {
    case "value":
      return threshold;
    case "youden":
      return { kind: "youden" };
    case "sensitivity":
    case "specificity":
      return { kind: threshold.kind, least: threshold.least };
    default:
      return threshold satisfies never;
  }
}

/** What else it reads: predictions a threshold is chosen on, and what the index says of cases. */
function besidePredictions(
  context: Context,
  request: ProbeRequest,
  place: Measured,
  predict: Predictor,
  metric: string,
): readonly (readonly [role: string, from: Output])[] | undefined {
  const { scoring } = request.probe;
  const inputs: (readonly [role: string, from: Output])[] = [];
  if (scoring?.threshold !== undefined && context.catalog.entry("metric", metric)?.threshold !== true) {
    const able = context.catalog.entries("metric").filter(({ threshold }) => threshold === true);
    const parameters = { metric, metrics: able.map(({ id }) => `\`${id}\``).join(", ") };
    context.report(diagnostic("metric-without-threshold", parameters, request.probe.location));
    return undefined;
  }
  const { facts, spec } = place.dataset;
  if (scoring?.threshold && facts?.task === "multiclass") {
    const parameters = { dataset: spec.name, classes: facts.classes.length };
    context.report(diagnostic("threshold-of-classes", parameters, request.probe.location));
    return undefined;
  }
  if (scoring?.threshold && scoring.threshold.kind !== "value") {
    const { split, dataset } = scoring.threshold;
    const chosen = measured(context, { split, dataset }, request);
    if (!chosen) return undefined;
    warnOfOwnTest(context, request, chosen, place);
    const predictions = predict(chosen);
    if (!predictions) return undefined;
    inputs.push(["threshold", predictions]);
  }
  const { by = [], interval } = scoring ?? {};
  if (by.some(({ column }) => column === CLASS_COLUMN)) {
    const { tasks } = context.catalog.entry("metric", metric) ?? {};
    if (tasks !== undefined && !tasks.includes("binary")) {
      context.report(diagnostic("class-metric", { metric }, request.probe.location));
      return undefined;
    }
  }
  const sound = by.map(({ column, edges }) =>
    checkColumn(context, place.dataset, column, request.probe, edges === undefined ? "values" : "numbers"),
  );
  if (interval?.by !== undefined) sound.push(checkColumn(context, place.dataset, interval.by, request.probe, "owners"));
  if (sound.includes(false)) return undefined;
  if (sound.length > 0) inputs.push(["index", place.dataset.index]);
  return inputs;
}

function warnOfOwnTest(context: Context, { probe }: ProbeRequest, chosen: Measured, place: Measured): void {
  if (chosen.images.vertex !== place.images.vertex) return;
  const split = `${place.dataset.spec.name}.${place.split}`;
  context.report(diagnostic("threshold-on-its-own-test", { measure: probe.measure, split }, probe.location));
}

function predicted(context: Context, request: ProbeRequest, state: LoweredState, place: Measured): Output {
  const { dataset, cell, model, probe } = request;
  const begins = () => `predict ${place.dataset.spec.name}.${place.split} for `;
  const vertex = context.graph.node({
    op: "predict",
    params: sharedParams(context, "predict", [model, dataset], () => ({
      model: model.spec,
      normalize: dataset.normalize,
    })),
    inputs: [["state", state.output], ["data", place.images], ...place.beside],
    computedBy: "engine",
    label: remembered(place.dataset.labels, place.split, begins) + cell.id,
    location: probe.location,
    estimate: () => {
      const images = place.count ?? 0;
      const outputBytes = images * (4 * model.spec.classes + 16);
      return remembered(model.estimates, `predict ${images}`, () =>
        forward(context, model, { images, extraFlops: 0, extraMemory: 0, outputBytes }),
      );
    },
  });
  return { vertex, output: "logits" };
}
