/** `dataset.index` and `dataset.prepare`. */

import type { Choice } from "../../../catalog/types.js";
import type { DatasetFacts } from "../../host.js";
import { diagnostic } from "../../messages.js";
import type { DatasetSpec, SplitName } from "../../study.js";
import { canonicalJson } from "../canonical.js";
import { estimateHost } from "../estimate.js";
import type { Output } from "../graph.js";
import { sha256 } from "../key.js";
import { remembered } from "../memo.js";
import type { NormalizeParams } from "../types.js";
import type { Context } from "./context.js";

export interface LoweredDataset {
  readonly spec: DatasetSpec;
  /** Absent while neither data nor lock are here; task, classes and channels are then a guess. */
  readonly facts?: DatasetFacts;
  readonly task: DatasetFacts["task"];
  readonly classes: number;
  readonly channels: number;
  readonly normalize: NormalizeParams;
  readonly index: Output;
  readonly prepared: Map<string, Output>;
  /** Beginnings of labels, by split. */
  readonly labels: Map<SplitName, string>;
}

export type DatasetMemo = Map<string, Map<DatasetSpec, LoweredDataset>>;

const GUESS = { task: "multiclass", classes: 10, channels: 3 } as const;
const NORMALIZE_BY_DATA: NormalizeParams = { kind: "data" };

export function lowerDataset(context: Context, spec: DatasetSpec, seed: number): LoweredDataset {
  const drawn = spec.split.kind === "fractions";
  const bySpec = remembered(context.datasets, drawn ? `${seed}` : "", () => new Map());
  return remembered(bySpec, spec, () => index(context, spec, seed));
}

function index(context: Context, spec: DatasetSpec, seed: number): LoweredDataset {
  const fact = context.facts.datasets.get(spec);
  if (fact?.status === "problem") {
    const { message: problem, hint } = fact;
    context.report(diagnostic("dataset-problem", { dataset: spec.name, problem, hint }, spec.location));
  }
  const facts = fact?.status === "known" ? fact.facts : undefined;
  const vertex = context.graph.node({
    op: "dataset.index",
    params: {
      adapter: withoutPath(spec.adapter),
      fingerprint: facts?.fingerprint ?? placeholder([spec.adapter, spec.path, spec.declaredIn]),
      split: spec.split,
      stream: spec.split.kind === "fractions" ? { seed, purpose: "split", repeat: 0, about: [] } : null,
    },
    inputs: [],
    computedBy: "host",
    label: `index ${spec.name}`,
    location: spec.location,
    unknown: facts ? undefined : true,
    estimate: () => estimateHost({ images: 0, bytes: 64 * totalImages(facts) }, context.rates),
    resource: { path: spec.path, declaredIn: spec.declaredIn, name: spec.name },
  });
  return {
    spec,
    ...(facts ? { facts } : {}),
    task: facts?.task ?? GUESS.task,
    classes: facts?.classes.length ?? GUESS.classes,
    channels: facts?.channels ?? GUESS.channels,
    normalize: spec.normalize ? { kind: "given", ...spec.normalize } : NORMALIZE_BY_DATA,
    index: { vertex, output: "index" },
    prepared: new Map(),
    labels: new Map(),
  };
}

/** Never a real fingerprint; the same for the same declaration, so provisional plans share what real ones will. */
export function placeholder(what: readonly unknown[]): string {
  return `unknown:${sha256(canonicalJson(what))}`;
}

/** The fingerprint says what lies at the path; the path itself is not in keys. */
function withoutPath(adapter: Choice): Choice {
  const { path: _, ...params } = adapter.params;
  return { ...adapter, params };
}

function totalImages(facts: DatasetFacts | undefined): number {
  return Object.values(facts?.splits ?? {}).reduce((sum, { images }) => sum + images, 0);
}

export function prepareSplit(context: Context, dataset: LoweredDataset, splitName: SplitName, size: number): Output {
  return remembered(dataset.prepared, `${splitName} ${size}`, () => prepare(context, dataset, splitName, size));
}

function prepare(context: Context, dataset: LoweredDataset, splitName: SplitName, size: number): Output {
  const { channels, facts, spec } = dataset;
  const images = facts?.splits[splitName]?.images ?? 0;
  const vertex = context.graph.node({
    op: "dataset.prepare",
    params: { splitName, size, channels },
    inputs: [["index", dataset.index]],
    computedBy: "host",
    label: `prepare ${spec.name}.${splitName} at ${size} px`,
    location: spec.location,
    estimate: () => estimateHost({ images, bytes: images * size * size * channels }, context.rates),
    resource: { path: spec.path, declaredIn: spec.declaredIn, name: spec.name },
  });
  return { vertex, output: "images", refs: new Map() };
}

/** True while unknown. */
export function hasSplit(dataset: LoweredDataset, split: SplitName): boolean {
  return dataset.facts === undefined || (dataset.facts.splits[split]?.images ?? 0) > 0;
}

/** Undefined while unknown. */
export function splitImages(dataset: LoweredDataset, split: SplitName): number | undefined {
  return dataset.facts && (dataset.facts.splits[split]?.images ?? 0);
}
