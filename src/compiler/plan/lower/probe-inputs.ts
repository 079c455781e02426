/** A probe with a node of its own: its inputs, parameters and draws are those its catalogue entry names. */

import type { ProbeEntry, ProbeReads } from "../../../catalog/types.js";
import type { ModelInfo } from "../../../models/types.js";
import { anyModel } from "../../check/predictions.js";
import { layersRead } from "../../check/probe.js";
import { diagnostic } from "../../messages.js";
import type { ProbeSpec, SplitName } from "../../study.js";
import { listed } from "../../suggest.js";
import { checkOneLabel } from "../check/labels.js";
import { checkMetricTask } from "../check/metric.js";
import { checkNeighbours } from "../check/neighbours.js";
import type { Output, Vertex } from "../graph.js";
import { remembered } from "../memo.js";
import type { ProbeOp, ProbeParams } from "../types.js";
import { type Context, sharedParams } from "./context.js";
import { hasSplit } from "./datasets.js";
import { type Measured, measured, type Place } from "./measured.js";
import { type LoweredModel, lowerModel } from "./models.js";
import { estimateProbe } from "./probe-estimate.js";
import { ownHeaded } from "./probe-own-head.js";
import { ownOptions, type ProbeRequest, small, statesOf, streamOf, versionsOf } from "./probe-request.js";
import { lowerSets } from "./probe-sets.js";
import type { LoweredState } from "./sources.js";
import { resolveMetric } from "./train.js";
import { frozenOf } from "./trained-parts.js";

type Reads = Extract<ProbeReads, { kind: "inputs" }>;

/** What a probe of features from elsewhere alone is computed with, whichever model its cell has. */
const NOBODYS = anyModel({ path: "", span: { start: 0, end: 0 } });

export function lowerInputs(context: Context, asked: ProbeRequest, reads: Reads): Vertex | undefined {
  const found = context.catalog.entry("probe", asked.probe.probe.id);
  if (!found) return undefined;
  const headed = reads.head === "own" ? ownHeaded(context, asked) : undefined;
  if (reads.head === "own" && !headed) return undefined;
  const request = headed?.request ?? asked;
  const { probe, dataset, label, model, cell } = request;
  if (reads.datasets) return lowerSets(context, request, found, { ...reads, datasets: reads.datasets });
  const metric = scoredBy(found) ? resolveMetric(probe.metric ?? dataset.spec.metric, dataset) : undefined;
  const problem =
    (metric === undefined ? undefined : checkMetricTask(context.catalog, metric, dataset, probe.location)) ??
    checkBounds(request, found) ??
    checkModel(request, found, reads) ??
    (reads.labels === "one" ? checkOneLabel(found.id, dataset, probe.location) : undefined);
  if (problem) context.report(problem);
  const places = placesOf(context, request, reads);
  const wanted = found.states.length;
  if (places && !checkGiven(context, request, places)) return undefined;
  const states = headed ? [headed.state] : statesOf(context, request, wanted, places?.[0]?.place.dataset);
  if (states.length < wanted || !places || problem) return undefined;
  const op: ProbeOp = found.plugin === undefined ? (`probe.${found.id}` as ProbeOp) : "probe.plugin";
  const runs = places.length > 0;
  const given = givenLayers(found, reads, states);
  const foreign = given !== undefined && Object.keys(given).length === wanted;
  // features from elsewhere alone are of no model of the study, so that one number is there for all of them
  const seer = foreign ? lowerModel(context, NOBODYS, dataset) : model;
  if (!seer) return undefined;
  const layers = foreign ? [...new Set(Object.values(given))] : layersOf(model, found, reads);
  const named = Object.entries(reads.states).flatMap(([role, name]): [string, Output][] => {
    const state = states[found.states.findIndex((each) => each.name === name)];
    return state ? [[role, state.output]] : [];
  });
  const repeat = reads.draws === "tensors" ? cell.repeat : 0;
  const stages = reads.recipe === undefined ? "" : context.ids.of(cell.train);
  const about = [seer, dataset, probe.probe, metric ?? "", cell.seed, repeat, stages, JSON.stringify(given ?? "")];
  return context.graph.node({
    op,
    params: sharedParams(
      context,
      op,
      about,
      (): ProbeParams => ({
        model: seer.spec,
        ...(runs ? { layers, normalize: dataset.normalize } : {}),
        ...(given === undefined ? {} : { given }),
        ...(metric === undefined ? {} : { metric }),
        ...(reads.draws ? { stream: streamOf(request, reads.draws) } : {}),
        ...(reads.recipe === undefined ? {} : { frozen: cell.train.map((stage) => frozenOf(context, stage, model)) }),
        ...versionsOf(context, probe.probe, metric),
        ...(found.plugin === undefined ? ownOptions(found, probe.probe) : pluginOptions(found, reads, request)),
      }),
    ),
    inputs: [
      ...named,
      ...places.map(({ role, place }): [string, Output] => [role, place.images]),
      ...places.flatMap(({ place }) => place.beside),
    ],
    computedBy: runs ? "engine" : "host",
    label,
    location: probe.location,
    estimate: () => {
      if (!runs) return small(context, seer);
      const images = Object.fromEntries(places.map(({ role, place }) => [role, sampled(request, place)]));
      const units = found.partsBy !== undefined && probe.probe.params[found.partsBy] === "units";
      const by = units ? "units" : "layers";
      return estimateProbe(context, seer, { probe: found, states: wanted, images, by });
    },
  });
}

type Places = readonly { readonly role: string; readonly place: Measured }[];

/** Rows of one table are of the images of one data set: two may use one id for two images. */
function checkGiven(context: Context, { probe }: ProbeRequest, places: Places): boolean {
  const [first, ...others] = places;
  const other = others.find(({ place }) => place.dataset.index.vertex !== first?.place.dataset.index.vertex);
  const given = probe.states.find((state) => state.kind === "features");
  if (given?.kind !== "features" || other === undefined || first === undefined) return true;
  const parameters = {
    path: given.features.path,
    first: `${first.place.dataset.spec.name}.${first.place.split}`,
    second: `${other.place.dataset.spec.name}.${other.place.split}`,
  };
  context.report(diagnostic("features-of-two-sets", parameters, probe.location));
  return false;
}

/** By role; undefined where all states are some. */
function givenLayers(
  found: ProbeEntry,
  reads: Reads,
  states: readonly LoweredState[],
): { readonly [role: string]: string } | undefined {
  const given = Object.entries(reads.states).flatMap(([role, name]) => {
    const layer = states[found.states.findIndex((each) => each.name === name)]?.given;
    return layer === undefined ? [] : [[role, layer] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function scoredBy({ metric }: ProbeEntry): boolean {
  return metric === "required" || metric === "target";
}

/** By role; undefined, with a diagnostic, where one cannot be had. */
function placesOf(context: Context, request: ProbeRequest, reads: Reads): Places | undefined {
  const places = Object.entries(reads.images).map(([role, name]) => ({
    role,
    place: measured(context, placeOf(request, name), request),
  }));
  const found = places.flatMap(({ role, place }) => (place ? [{ role, place }] : []));
  return found.length === places.length ? found : undefined;
}

/** What a parameter names: `on` is the probe's own, others are splits of the target and stand among its options. */
function placeOf({ probe }: ProbeRequest, parameter: string): Place {
  return parameter === "on" ? { split: probe.on, dataset: probe.dataset } : { split: splitOf(probe, parameter) };
}

function splitOf({ probe }: ProbeSpec, parameter: string): SplitName {
  const named = probe.params[parameter];
  return named === "train" || named === "val" || named === "test" ? named : "test";
}

/** Images the probe looks at: all that are there, or its sample. */
function sampled({ probe }: ProbeRequest, { count }: Measured): number {
  const { images } = probe.probe.params;
  const sample = typeof images === "number" ? images : undefined;
  return Math.min(sample ?? count ?? 0, count ?? sample ?? 0);
}

/** One array a model, so that parameters are written once. */
const attentiveLayers = new WeakMap<ModelInfo, readonly string[]>();

function attentive({ info }: LoweredModel): readonly string[] {
  return remembered(attentiveLayers, info, () =>
    info.layers.filter(({ heads }) => heads !== undefined).map(({ name }) => name),
  );
}

/** One array a model and what is read of it. */
const someLayers = new WeakMap<Reads, WeakMap<ModelInfo, readonly string[]>>();

function layersOf(model: LoweredModel, found: ProbeEntry, reads: Reads): readonly string[] {
  if (reads.taps === "attention") return attentive(model);
  if (reads.only === undefined) return model.layers;
  const byModel = someLayers.get(reads) ?? new WeakMap<ModelInfo, readonly string[]>();
  someLayers.set(reads, byModel);
  return remembered(byModel, model.info, () => layersRead(found, model.layers));
}

function pluginOptions(found: ProbeEntry, { taps }: Reads, { probe, dataset }: ProbeRequest): Partial<ProbeParams> {
  const { id, version } = found;
  return {
    ...(found.plugin === undefined ? {} : { plugins: { [id]: found.plugin } }),
    probe: {
      id,
      version,
      params: ownOptions(found, probe.probe),
      taps: taps === "layers" || taps === "embedding" ? taps : "none",
      task: dataset.task,
    },
  };
}

/** What a probe needs of the model itself. */
function checkModel({ probe, model }: ProbeRequest, found: ProbeEntry, reads: Reads) {
  const { id, parameters } = found;
  if (reads.only !== undefined && layersOf(model, found, reads).length === 0) {
    const what = `a layer called ${reads.only.join(" or ")}`;
    return diagnostic(
      "model-lacks",
      { probe: id, model: model.name, what, has: `its layers are ${listed(model.layers)}` },
      probe.location,
    );
  }
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
    const split = splitOf(probe, mostImagesOf);
    if (!hasSplit(dataset, split)) continue; // which is said of the split
    const problem = checkNeighbours(value, dataset, split, probe.location);
    if (problem) return problem;
  }
  return undefined;
}
