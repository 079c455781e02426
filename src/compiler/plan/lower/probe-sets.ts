/** A probe of data sets as a network sees them: its inputs are the network and a split of each set. */

import type { ProbeEntry, ProbeReads } from "../../../catalog/types.js";
import type { ModelInfo } from "../../../models/types.js";
import type { Diagnostic } from "../../diagnostics.js";
import { diagnostic } from "../../messages.js";
import type { Cell, StateSpec } from "../../study.js";
import { checkOneLabel } from "../check/labels.js";
import { checkSplit } from "../check/splits.js";
import type { Output, Vertex } from "../graph.js";
import type { ProbeOp, ProbeParams } from "../types.js";
import { lowerState, seenThrough } from "./cells.js";
import { type Context, sharedParams } from "./context.js";
import { type LoweredDataset, lowerDataset, prepareSplit, splitImages } from "./datasets.js";
import { lowerFeatures } from "./given-features.js";
import { type LoweredModel, lowerModel } from "./models.js";
import { estimateProbe } from "./probe-estimate.js";
import { NOBODYS, ownOptions, type ProbeRequest, streamOf, versionsOf } from "./probe-request.js";
import type { LoweredState } from "./sources.js";

type Inputs = Extract<ProbeReads, { kind: "inputs" }>;
type Reads = Inputs & Required<Pick<Inputs, "datasets">>;

/** A network that reads images of any set: its head is not asked, so one will do for all. */
const NETWORK = { classes: 2, channels: 3, task: "multiclass" } as const;

interface SeenSet {
  readonly role: string;
  readonly dataset: LoweredDataset;
  /** Of the sample. */
  readonly images: number;
}

export function lowerSets(
  context: Context,
  request: ProbeRequest,
  found: ProbeEntry,
  reads: Reads,
): Vertex | undefined {
  const { probe, cell, label } = request;
  const sets = Object.entries(reads.datasets).flatMap(([role, name]): SeenSet[] => {
    const spec = probe.datasets?.[name];
    if (!spec) return [];
    const dataset = lowerDataset(context, spec, cell.seed);
    return [{ role, dataset, images: sampleSize(request, dataset) }];
  });
  const problems = sets.flatMap(({ dataset }) => [
    checkSplit(dataset, probe.on, probe.location),
    reads.labels === "one" ? checkOneLabel(found.id, dataset, probe.location) : undefined,
  ]);
  const missing = problems.filter((problem) => problem !== undefined);
  for (const problem of missing) context.report(problem);
  const network = networkOf(context, request, sets);
  if (!network || missing.length > 0 || sets.length < Object.keys(reads.datasets).length) return undefined;
  for (const warning of fewImages(request, found, sets, network)) context.report(warning);
  const { model, state } = network;
  const op = `probe.${found.id}` as ProbeOp;
  const given = state.given === undefined ? {} : { given: givenTo(reads, state.given.layer) };
  return context.graph.node({
    op,
    params: sharedParams(context, op, [model, probe.probe, cell.seed, JSON.stringify(given)], (): ProbeParams => {
      return {
        model: model.spec,
        ...given,
        normalize: alike(request, model.spec.channels),
        ...(reads.draws ? { stream: streamOf(request, reads.draws) } : {}),
        ...versionsOf(context, probe.probe),
        ...ownOptions(found, probe.probe),
      };
    }),
    inputs: [
      ...Object.keys(reads.states).map((role): [string, Output] => [role, state.output]),
      ...sets.map(({ role, dataset }): [string, Output] => [role, imagesFor(context, request, dataset, model)]),
    ],
    computedBy: "engine",
    label,
    location: probe.location,
    estimate: () => {
      const images = Object.fromEntries(sets.map((set) => [set.role, set.images]));
      return estimateProbe(context, model, { probe: found, states: 1, images });
    },
  });
}

function givenTo({ states }: Reads, layer: string): NonNullable<ProbeParams["given"]> {
  return Object.fromEntries(Object.keys(states).map((role) => [role, layer]));
}

interface Network {
  readonly model: LoweredModel;
  readonly state: LoweredState;
}

/** Shared by repeats, as the distance is; only pretraining that has repeats of its own gives each another network. */
function networkOf(
  context: Context,
  { probe, cell, dataset }: ProbeRequest,
  sets: readonly SeenSet[],
): Network | undefined {
  const [spec] = probe.states;
  if (!spec) return undefined;
  if (spec.kind === "features") {
    const state = lowerFeatures(
      context,
      spec.features,
      sets.map((set) => set.dataset),
    );
    const model = lowerModel(context, NOBODYS, { ...dataset, ...NETWORK });
    return state && model && { model, state };
  }
  const drawer: Cell = { ...cell, model: probe.model ?? cell.model, repeat: ownRepeats(spec) ? cell.repeat : 0 };
  const state = lowerState(context, spec, drawer);
  if (!state) return undefined;
  const model = state.model ?? lowerModel(context, drawer.model, { ...dataset, ...NETWORK });
  return model && { model, state: seenThrough(context, state, model, drawer, NETWORK.task) };
}

function ownRepeats(state: StateSpec): boolean {
  return state.kind === "source" && state.source.kind === "pretrain" && state.source.pretrain.repeats === "own";
}

/** The images at the network's size and with its channels. */
function imagesFor(context: Context, { probe }: ProbeRequest, dataset: LoweredDataset, { spec }: LoweredModel): Output {
  return prepareSplit(context, dataset, probe.on, { size: spec.size, channels: spec.channels });
}

/** By the same numbers, whichever the set: each by its own would take away a part of the distance. */
function alike({ probe }: ProbeRequest, channels: number): NonNullable<ProbeParams["normalize"]> {
  const of = (name: string) => new Array<number>(channels).fill(Number(probe.probe.params[name] ?? 0.5));
  return { kind: "given", mean: of("mean"), std: of("std") };
}

function sampleSize({ probe }: ProbeRequest, dataset: LoweredDataset): number {
  const wanted = Number(probe.probe.params.images ?? 0);
  return Math.min(wanted, splitImages(dataset, probe.on) ?? wanted);
}

/** What the head reads. */
function pooledFeatures({ tensors }: ModelInfo): number {
  const weights = tensors.filter(({ place, shape }) => place.kind === "head" && shape.length === 2);
  return Math.max(1, ...weights.map(({ shape }) => shape[1] ?? 1));
}

/** A covariance of D features wants D + 1 images: one is spent on their mean. */
function fewImages(
  { probe }: ProbeRequest,
  found: ProbeEntry,
  sets: readonly SeenSet[],
  { model, state }: Network,
): readonly Diagnostic[] {
  if (found.parameters.images?.asManyAs !== "features") return [];
  if (state.given !== undefined && state.given.width === undefined) return [];
  const features = state.given?.width ?? pooledFeatures(model.info);
  const fewest = features + 1;
  return sets.flatMap(({ dataset, images }) => {
    if (images >= fewest) return [];
    const { name } = dataset.spec;
    const all = splitImages(dataset, probe.on) ?? images;
    const short = all < fewest;
    const extras = {
      probe: found.id,
      images,
      dataset: name,
      features: features.toLocaleString("en"),
      why: short ? `\`${name}.${probe.on}\` has ${all}` : `\`images:\` is ${images}`,
      hint: short
        ? "`kid(…)` is unbiased for few images."
        : `\`images: ${fewest}\` or more, or \`kid(…)\`, which is unbiased for few.`,
    };
    return [diagnostic("few-images", extras, probe.location)];
  });
}
