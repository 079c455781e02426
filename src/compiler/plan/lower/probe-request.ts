/** What the lowerings of probes share: the request, its states and its images. */

import type { CatalogEntry, Choice, ProbeEntry } from "../../../catalog/types.js";
import { diagnostic } from "../../messages.js";
import type { Cell, ProbeSpec } from "../../study.js";
import { checkHead } from "../check/heads.js";
import { estimateHost } from "../estimate.js";
import { remembered } from "../memo.js";
import type { CatalogVersions, MetricVersions, StreamSpec } from "../types.js";
import { alikeModels, lowerState, seenThrough } from "./cells.js";
import type { Context } from "./context.js";
import type { LoweredDataset } from "./datasets.js";
import { lowerFeatures } from "./given-features.js";
import type { LoweredModel } from "./models.js";
import type { LoweredState } from "./sources.js";
import type { Trained } from "./train.js";

export interface ProbeRequest {
  readonly probe: ProbeSpec;
  readonly cell: Cell;
  readonly trained: Trained;
  readonly model: LoweredModel;
  readonly dataset: LoweredDataset;
  readonly label: string;
}

/**
 * The probe's states through the cell's model; shorter than `count` where one of them cannot be had.
 * @param seen the data set whose images they are of, where that is not the cell's target
 */
export function statesOf(
  context: Context,
  request: ProbeRequest,
  count: number,
  seen = request.dataset,
): readonly LoweredState[] {
  const { probe, cell, model, dataset } = request;
  const states = probe.states
    .slice(0, count)
    .map((state) =>
      state.kind === "features" ? lowerFeatures(context, state.features, seen) : lowerState(context, state, cell),
    );
  const [first, second] = states;
  if (states.some((state) => state?.model && !alikeModels(state.model, model))) {
    const extras = { first: named(first, model), second: named(second, model), probe: probe.measure };
    context.report(diagnostic("states-differ", extras, probe.location));
    return [];
  }
  const found = states.filter((state) => state !== undefined);
  const about = context.catalog.entry("probe", probe.probe.id);
  const problem = about && first && checkHead(about, first, request);
  if (problem) context.report(problem);
  return found.map((state) => seenThrough(context, state, model, cell, dataset.task));
}

function named(state: LoweredState | undefined, model: LoweredModel): string {
  return state ? `${state.label} (${(state.model ?? model).name})` : `this cell's model (${model.name})`;
}

/** Host work on a few numbers. */
export function small(context: Context, model: LoweredModel) {
  return remembered(model.estimates, "small", () => estimateHost({ images: 0, bytes: 1024 }, context.rates));
}

/** Of the probe and the metric it takes; of a plug-in's metric its code as well. */
export function versionsOf(
  { catalog }: Pick<Context, "catalog">,
  { id, version }: Choice,
  metric?: string,
): MetricVersions {
  const found = metric === undefined ? undefined : catalog.entry("metric", metric);
  const versions: CatalogVersions = {
    [id]: version,
    ...(metric === undefined ? {} : { [metric]: found?.version ?? 1 }),
  };
  return { versions, ...pluginsOf(found) };
}

/** Nothing of what is built in: its keys stay what they are. */
export function pluginsOf(entry: CatalogEntry | undefined): Pick<MetricVersions, "plugins"> {
  return entry?.plugin === undefined ? {} : { plugins: { [entry.id]: entry.plugin } };
}

/** Splits are inputs; everything else that was written is a parameter. */
export function ownOptions({ parameters }: ProbeEntry, { params }: Choice): Choice["params"] {
  return Object.fromEntries(Object.entries(params).filter(([name]) => parameters[name]?.refers === undefined));
}

/** One fixed sample of images a seed, whatever the repeat; tensors are drawn anew in each. */
export function streamOf({ cell, probe }: ProbeRequest, draws: "images" | "tensors"): StreamSpec {
  return draws === "images"
    ? { seed: cell.seed, purpose: "images", repeat: 0, about: [] }
    : { seed: cell.seed, purpose: "random", repeat: cell.repeat, about: [probe.probe.id] };
}
