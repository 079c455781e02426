/** Probes → `predict`, `score` and `probe.*` nodes, by what the catalogue says a probe reads. */

import { entry } from "../../../catalog/index.js";
import type { Cell, ProbeSpec, SplitName } from "../../study.js";
import { checkHistory } from "../check/history.js";
import { checkMetricTask } from "../check/metric.js";
import { checkSplit } from "../check/splits.js";
import type { Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import { type Context, sharedParams } from "./context.js";
import { splitImages } from "./datasets.js";
import { forward } from "./probe-estimate.js";
import { lowerInputs } from "./probe-inputs.js";
import { imagesOf, type ProbeRequest, small, statesOf, versionsOf } from "./probe-request.js";
import type { LoweredState } from "./sources.js";
import { checkMetric, resolveMetric, type Trained } from "./train.js";

/** Undefined, with a diagnostic, where the probe cannot run. */
export function lowerProbe(context: Context, probe: ProbeSpec, cell: Cell, trained: Trained): Vertex | undefined {
  const { model, dataset } = trained;
  const request = { probe, cell, trained, model, dataset, label: `${probe.measure} of ${cell.id}` };
  const reads = entry("probe", probe.probe.id)?.reads;
  switch (reads?.kind) {
    case undefined:
      return undefined;
    case "predictions":
      return lowerScore(context, request);
    case "history":
      return lowerHistory(context, request);
    case "inputs":
      return lowerInputs(context, request, reads);
    default:
      return reads satisfies never;
  }
}

function lowerScore(context: Context, request: ProbeRequest): Vertex | undefined {
  const { probe, dataset, label, model } = request;
  const metric = resolveMetric(probe.metric ?? dataset.spec.metric, dataset);
  const problem = checkMetricTask(metric, dataset, probe.location) ?? checkSplit(dataset, probe.on, probe.location);
  if (problem) context.report(problem);
  const [state] = statesOf(context, request, 1);
  if (!state || problem) return undefined;
  const predictions = predict(context, request, state, probe.on);
  return context.graph.node({
    op: "score",
    params: sharedParams(context, "score", [metric, dataset, probe.probe], () => ({
      metric,
      task: dataset.task,
      versions: versionsOf(probe.probe, metric),
    })),
    inputs: [["predictions", { vertex: predictions, output: "logits" }]],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, model),
  });
}

function predict(context: Context, request: ProbeRequest, state: LoweredState, split: SplitName): Vertex {
  const { dataset, cell, model, probe } = request;
  return context.graph.node({
    op: "predict",
    params: sharedParams(context, "predict", [model, dataset], () => ({
      model: model.spec,
      normalize: dataset.normalize,
    })),
    inputs: [
      ["state", state.output],
      ["data", imagesOf(context, request, split)],
    ],
    computedBy: "engine",
    label: remembered(dataset.labels, split, () => `predict ${dataset.spec.name}.${split} for `) + cell.id,
    location: probe.location,
    estimate: () => {
      const images = splitImages(dataset, split) ?? 0;
      const outputBytes = images * (4 * model.spec.classes + 16);
      return remembered(model.estimates, `predict ${images}`, () =>
        forward(context, model, { images, extraFlops: 0, extraMemory: 0, outputBytes }),
      );
    },
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
      ...(params.count === "images" ? { batch: recipe.batch } : {}),
    },
    inputs: [["train", { vertex: train, output: "history" }]],
    computedBy: "host",
    label,
    location: probe.location,
    estimate: () => small(context, request.model),
  });
}
