/** `dataset.index` and `dataset.prepare`. */

import { entry } from "../../../catalog/index.js";
import type { Choice } from "../../../catalog/types.js";
import type { DatasetFacts } from "../../host.js";
import { diagnostic } from "../../messages.js";
import type { DatasetSpec, EvaluationSplit, PartName } from "../../study.js";
import { canonicalJson } from "../canonical.js";
import { estimateHost } from "../estimate.js";
import type { Output } from "../graph.js";
import { sha256 } from "../key.js";
import { remembered } from "../memo.js";
import type { NormalizeParams, PlanNode, TransformParams, ViewParams } from "../types.js";
import { splitStream, transformsOf, viewParams, viewsForStatistics, viewsOfSplit } from "../views.js";
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
  /** What chooses from the cases the index names, in order. */
  readonly views: readonly ViewParams[];
  /** What is done to every image. */
  readonly transforms: readonly TransformParams[];
  readonly prepared: Map<string, Output>;
  /** Beginnings of labels, by split. */
  readonly labels: Map<EvaluationSplit, string>;
}

export type DatasetMemo = Map<string, Map<DatasetSpec, LoweredDataset>>;

const GUESS = { task: "multiclass", classes: 10, channels: 3 } as const;
const NORMALIZE_BY_DATA: NormalizeParams = { kind: "data" };

export function lowerDataset(context: Context, spec: DatasetSpec, seed: number): LoweredDataset {
  const drawn = spec.split.kind === "fractions" || (spec.views ?? []).length > 0;
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
      stream: spec.split.kind === "fractions" ? splitStream(seed) : null,
    },
    inputs: [],
    computedBy: "host",
    label: `index ${spec.name}`,
    location: spec.location,
    unknown: facts ? undefined : true,
    estimate: () => estimateHost({ images: 0, bytes: 64 * totalImages(facts) }, context.rates),
    resource: resourceOf(spec),
  });
  return {
    spec,
    ...(facts ? { facts } : {}),
    task: facts?.task ?? GUESS.task,
    classes: facts?.classes.length ?? GUESS.classes,
    channels: facts?.channels ?? GUESS.channels,
    normalize: spec.normalize ? { kind: "given", ...spec.normalize } : NORMALIZE_BY_DATA,
    index: { vertex, output: "index" },
    views: viewParams(spec.views, seed),
    transforms: transformsOf(spec.views, seed),
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

function resourceOf({ path, declaredIn, files, name }: DatasetSpec): NonNullable<PlanNode["resource"]> {
  return { path, declaredIn, name: files ?? name };
}

function totalImages(facts: DatasetFacts | undefined): number {
  return Object.values(facts?.splits ?? {}).reduce((sum, { images }) => sum + images, 0);
}

/** What of a data set is prepared: its own channels where it is trained on, the target's where that model looks at it. */
export interface Preparation {
  readonly size: number;
  readonly channels: number;
}

/** The images of a split, every image of it decoded once: views point into what was prepared. */
export function prepareSplit(
  context: Context,
  dataset: LoweredDataset,
  split: EvaluationSplit,
  preparation: Preparation,
): Output {
  const { size, channels } = preparation;
  return remembered(dataset.prepared, `${split} ${size} ${channels}`, () => {
    const views = viewsOfSplit(dataset.views, split);
    return views.length === 0 && split !== "all"
      ? prepare(context, dataset, split, preparation)
      : view(context, dataset, split, views, preparation);
  });
}

function prepare(context: Context, dataset: LoweredDataset, part: PartName, { size, channels }: Preparation): Output {
  const { facts, spec, transforms } = dataset;
  for (const transform of transforms) checkTransform(context, spec, transform, size);
  const images = partImages(facts, part);
  const vertex = context.graph.node({
    op: "dataset.prepare",
    params: { splitName: part, size, channels, ...(transforms.length === 0 ? {} : { transforms }) },
    inputs: [["index", dataset.index], ...statisticsOf(context, dataset, part, { size, channels })],
    computedBy: "host",
    label: `prepare ${spec.files ?? spec.name}.${part} at ${size} px`,
    location: spec.location,
    estimate: () => estimateHost({ images, bytes: images * size * size * channels }, context.rates),
    resource: resourceOf(spec),
  });
  return { vertex, output: "images", refs: new Map() };
}

/** Finer than its pixels an image cannot be cut. */
function checkTransform(context: Context, spec: DatasetSpec, { id, params }: TransformParams, size: number): void {
  const name = entry("transform", id)?.mostPixels;
  const value = name === undefined ? 0 : Number(params[name]);
  if (name === undefined || value <= size) return;
  context.report(
    diagnostic("finer-than-pixels", { transform: id, name, value, size, dataset: spec.name }, spec.location),
  );
}

/** Every part is normalized by the training images: what their preparation found is what the others say. */
function statisticsOf(
  context: Context,
  dataset: LoweredDataset,
  part: PartName,
  preparation: Preparation,
): readonly (readonly [role: string, from: Output])[] {
  if (part === "train" || !partsOf(dataset).includes("train")) return [];
  return [["train", prepare(context, dataset, "train", preparation)]];
}

/** Rows of what was prepared, under labels of their own. */
function view(
  context: Context,
  dataset: LoweredDataset,
  split: EvaluationSplit,
  views: readonly ViewParams[],
  preparation: Preparation,
): Output {
  const { facts, spec } = dataset;
  const images = split === "all" ? totalImages(facts) : (facts?.splits[split]?.images ?? 0);
  const vertex = context.graph.node({
    op: "dataset.view",
    params: { splitName: split, views },
    inputs: [
      ["index", dataset.index],
      ...partsFor(dataset, split, views).map((part) => [part, prepare(context, dataset, part, preparation)] as const),
    ],
    computedBy: "host",
    label: `choose ${spec.name}.${split} at ${preparation.size} px`,
    location: spec.location,
    estimate: () => estimateHost({ images: 0, bytes: 16 * images }, context.rates),
  });
  return { vertex, output: "rows", refs: new Map() };
}

/** Where a split's rows can lie; and the training images, where normalization is of what a view leaves of them. */
function partsFor(dataset: LoweredDataset, split: EvaluationSplit, views: readonly ViewParams[]): readonly PartName[] {
  const all = partsOf(dataset);
  if (split === "all" || views.some(({ kind }) => kind === "folds")) return all;
  const normalizes = viewsForStatistics(views).length > 0;
  return all.filter((part) => part === split || (normalizes && part === "train"));
}

const PARTS: readonly PartName[] = ["train", "val", "test", "unassigned"];

/** Parts with images before any view; all of them while that is unknown, which is provisional anyway. */
function partsOf({ facts }: LoweredDataset): readonly PartName[] {
  return facts === undefined ? PARTS.slice(0, 3) : PARTS.filter((part) => partImages(facts, part) > 0);
}

/** Before any view. */
function partImages(facts: DatasetFacts | undefined, part: PartName): number {
  return facts?.parts === undefined ? (facts?.splits[part]?.images ?? 0) : (facts.parts[part] ?? 0);
}

/** True while unknown. */
export function hasSplit(dataset: LoweredDataset, split: EvaluationSplit): boolean {
  return (splitImages(dataset, split) ?? 1) > 0;
}

/** Undefined while unknown. */
export function splitImages({ facts }: LoweredDataset, split: EvaluationSplit): number | undefined {
  return facts && (split === "all" ? totalImages(facts) : (facts.splits[split]?.images ?? 0));
}
