/** One forward pass over a set of images in one state, shared by all who want something of it. */

import { setImmediate } from "node:timers/promises";
import { buildAllFeatures } from "../../models/programs.js";
import { canonicalSpec, traceModel } from "../../models/trace.js";
import type { ModelSpec } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import type { Engine } from "../engine/types.js";
import { type OpenBundle, openBundle, stateFor } from "../ops/sessions.js";
import type { NamedTensors } from "../state/safetensors.js";
import { type BatchSource, imageBatch } from "../train/batches.js";
import { evaluationBatch } from "../train/evaluate.js";

/** What one reader takes from a pass. */
export interface Reader {
  /** Positions of the images it reads; all where absent. */
  readonly images?: ReadonlySet<number>;
  /** Layers it wants in full, flattened. */
  readonly flat: readonly string[];
  /** Layers it wants pooled. */
  readonly pooled: readonly string[];
  /** Whether it wants what the head reads. */
  readonly embedding?: true;
  /** Layers of which it wants the heads' attended distances. */
  readonly attended?: readonly string[];
  take(batch: FeatureBatch): void;
}

export interface FeatureBatch {
  /** Positions of the images, in the batch's order. */
  readonly indices: readonly number[];
  readonly logits: Float32Array;
  /** `width` numbers an image, row by row; rows beyond `indices` are padding. */
  flat(layer: string): Features;
  pooled(layer: string): Features;
  /** What the head reads. */
  embedding(): Features;
  /** 2·heads numbers an image: renormalized, then unnormalized. */
  attended(layer: string): Features;
}

export interface Features {
  readonly data: Float32Array;
  readonly width: number;
}

export interface PassRequest {
  readonly engine: Engine;
  readonly state: NamedTensors;
  readonly source: BatchSource;
  readonly readers: readonly Reader[];
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Streams the images once; every reader sees every batch that holds an image of its. */
export async function runPass(request: PassRequest): Promise<void> {
  const { source, readers, engine, state, signal, onProgress } = request;
  const { model, images } = source;
  const bundle = await openFeatures(engine, model);
  const fetches = fetchesOf(readers);
  await bundle.session.load(stateFor(bundle, state));
  const wanted = positions(images.info.images, readers);
  const batch = evaluationBatch(model);
  for (let from = 0; from < wanted.length; from += batch) {
    await setImmediate();
    signal.throwIfAborted();
    const indices = wanted.slice(from, from + batch);
    const fetched = await bundle.session.run("features", { x: imageBatch(source, indices, batch) }, fetches);
    const seen = featureBatch(indices, fetched);
    for (const reader of readers) {
      if (reader.images === undefined || indices.some((index) => reader.images?.has(index))) reader.take(seen);
    }
    onProgress(Math.min(from + batch, wanted.length), wanted.length);
  }
}

function positions(total: number, readers: readonly Reader[]): readonly number[] {
  const all = Array.from({ length: total }, (_, i) => i);
  if (readers.some(({ images }) => images === undefined)) return all;
  return all.filter((index) => readers.some(({ images }) => images?.has(index)));
}

function openFeatures(engine: Engine, model: ModelSpec): Promise<OpenBundle> {
  const batch = evaluationBatch(model);
  return openBundle(engine, JSON.stringify(["features", canonicalSpec(model), batch]), () => ({
    programs: { features: buildAllFeatures(model, batch, traceModel(model)) },
  }));
}

function fetchesOf(readers: readonly Reader[]): readonly string[] {
  const flat = readers.flatMap((reader) => reader.flat.map((layer) => `tap.${layer}`));
  const pooled = readers.flatMap((reader) => reader.pooled.map((layer) => `pooledTap.${layer}`));
  const attended = readers.flatMap((reader) => (reader.attended ?? []).map((layer) => `attended.${layer}`));
  const embedding = readers.some((reader) => reader.embedding) ? ["pooled"] : [];
  return [...new Set(["logits", ...flat, ...pooled, ...attended, ...embedding])];
}

function featureBatch(indices: readonly number[], fetched: { readonly [name: string]: TensorData }): FeatureBatch {
  const named = (name: string): Features => {
    const tensor = fetched[name];
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`the features program fetches no ${name}`);
    return { data: tensor.data, width: tensor.shape.slice(1).reduce((product, extent) => product * extent, 1) };
  };
  return {
    indices,
    logits: named("logits").data,
    flat: (layer) => named(`tap.${layer}`),
    pooled: (layer) => named(`pooledTap.${layer}`),
    embedding: () => named("pooled"),
    attended: (layer) => named(`attended.${layer}`),
  };
}
