/** A probe with a node of its own: its inputs, parameters and draws are those its catalogue entry names. */

import { entry } from "../../../catalog/index.js";
import type { ProbeEntry, ProbeReads } from "../../../catalog/types.js";
import type { ModelInfo } from "../../../models/types.js";
import { diagnostic } from "../../messages.js";
import type { SplitName } from "../../study.js";
import { checkMetricTask } from "../check/metric.js";
import { checkNeighbours } from "../check/neighbours.js";
import { checkSplit } from "../check/splits.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import type { ProbeOp, ProbeParams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { splitImages } from "./datasets.js";
import type { LoweredModel } from "./models.js";
import { estimateProbe } from "./probe-estimate.js";
import { imagesOf, ownOptions, type ProbeRequest, small, statesOf, streamOf, versionsOf } from "./probe-request.js";
import { lowerSets } from "./probe-sets.js";
import { resolveMetric } from "./train.js";

type Reads = Extract<ProbeReads, { kind: "inputs" }>;

export function lowerInputs(context: Context, request: ProbeRequest, reads: Reads): Vertex | undefined {
  const { probe, dataset, label, model, cell } = request;
  const found = entry("probe", probe.probe.id);
  if (!found) return undefined;
  if (reads.datasets) return lowerSets(context, request, found, { ...reads, datasets: reads.datasets });
  const metric = scoredBy(found) ? resolveMetric(probe.metric ?? dataset.spec.metric, dataset) : undefined;
  const splits = Object.entries(reads.images).map(([role, name]) => [role, splitOf(request, name)] as const);
  const problem =
    (metric === undefined ? undefined : checkMetricTask(metric, dataset, probe.location)) ??
    splits.map(([, split]) => checkSplit(dataset, split, probe.location)).find((each) => each) ??
    checkBounds(request, found) ??
    checkModel(request, found, reads);
  if (problem) context.report(problem);
  const wanted = found.states.length;
  const states = statesOf(context, request, wanted);
  if (states.length < wanted || problem) return undefined;
  const op = `probe.${found.id}` as ProbeOp;
  const runs = splits.length > 0;
  const layers = reads.taps === "attention" ? attentive(model) : model.layers;
  const named = Object.entries(reads.states).flatMap(([role, name]): [string, Output][] => {
    const state = states[found.states.findIndex((each) => each.name === name)];
    return state ? [[role, state.output]] : [];
  });
  const repeat = reads.draws === "tensors" ? cell.repeat : 0;
  const about = [model, dataset, probe.probe, metric ?? "", cell.seed, repeat];
  return context.graph.node({
    op,
    params: sharedParams(
      context,
      op,
      about,
      (): ProbeParams => ({
        model: model.spec,
        ...(runs ? { layers, normalize: dataset.normalize } : {}),
        ...(metric === undefined ? {} : { metric }),
        ...(reads.draws ? { stream: streamOf(request, reads.draws) } : {}),
        versions: versionsOf(probe.probe, metric),
        ...ownOptions(found, probe.probe),
      }),
    ),
    inputs: [...named, ...splits.map(([role, split]): [string, Output] => [role, imagesOf(context, request, split)])],
    computedBy: runs ? "engine" : "host",
    label,
    location: probe.location,
    estimate: () => {
      if (!runs) return small(context, model);
      const images = Object.fromEntries(splits.map(([role, split]) => [role, sampled(request, split)]));
      return estimateProbe(context, model, { probe: found, states: wanted, images });
    },
  });
}

function scoredBy({ metric }: ProbeEntry): boolean {
  return metric === "required" || metric === "target";
}

/** The split a parameter names: `on` is the probe's own, others stand among its options. */
function splitOf({ probe }: ProbeRequest, parameter: string): SplitName {
  const named = parameter === "on" ? probe.on : probe.probe.params[parameter];
  return named === "train" || named === "val" || named === "test" ? named : "test";
}

/** Images the probe looks at: all of the split, or its sample. */
function sampled({ probe, dataset }: ProbeRequest, split: SplitName): number {
  const { images } = probe.probe.params;
  const sample = typeof images === "number" ? images : undefined;
  const there = splitImages(dataset, split);
  return Math.min(sample ?? there ?? 0, there ?? sample ?? 0);
}

/** One array a model, so that parameters are written once. */
const attentiveLayers = new WeakMap<ModelInfo, readonly string[]>();

function attentive({ info }: LoweredModel): readonly string[] {
  return remembered(attentiveLayers, info, () =>
    info.layers.filter(({ heads }) => heads !== undefined).map(({ name }) => name),
  );
}

/** What a probe needs of the model itself. */
function checkModel({ probe, model }: ProbeRequest, { id, parameters }: ProbeEntry, reads: Reads) {
  if (reads.taps === "attention" && attentive(model).length === 0) {
    return diagnostic(
      "model-lacks",
      { probe: id, model: model.name, what: "attention", has: "it is no transformer" },
      probe.location,
    );
  }
  for (const [name, { needs }] of Object.entries(parameters)) {
    const value = probe.probe.params[name];
    if (typeof value !== "string" || needs?.[value] === undefined) continue;
    if (model.info.layers.some(({ classToken }) => classToken)) continue;
    const what = "a class token";
    return diagnostic(
      "model-lacks",
      {
        probe: `${id}(${name}: ${value})`,
        model: model.name,
        what,
        has: `leave \`${name}:\` out for the mean over space`,
      },
      probe.location,
    );
  }
  return undefined;
}

function checkBounds(request: ProbeRequest, { parameters }: ProbeEntry) {
  const { probe, dataset } = request;
  for (const [name, { mostImagesOf }] of Object.entries(parameters)) {
    const value = probe.probe.params[name];
    if (mostImagesOf === undefined || typeof value !== "number") continue;
    const problem = checkNeighbours(value, dataset, splitOf(request, mostImagesOf), probe.location);
    if (problem) return problem;
  }
  return undefined;
}
