/**
 * What timm makes of small and standard models (test/goldens/models.py), with everything needed to run the same here.
 * Weights, images and labels come from names; see numbers.ts.
 */

import { expect } from "vitest";
import type { Choice, Task } from "../../src/catalog/types.js";
import { traceModel } from "../../src/models/trace.js";
import type { ModelSpec } from "../../src/models/types.js";
import { sizeOf } from "../../src/program/shape.js";
import { optimizerState } from "../../src/program/training/optimizer.js";
import type { Shape, TensorData } from "../../src/program/types.js";
import type { Numbers } from "./compare.js";
import { asArray, asNumber, asNumbers, asObject, asString, type Json, readJson } from "./json.js";
import { below, modelTensor, uniform } from "./numbers.js";

/** Every `step`-th element of a tensor. */
export interface Sampled {
  readonly shape: Shape;
  readonly step: number;
  readonly data: readonly number[];
}

export interface TrainGolden {
  readonly optimizer: Choice;
  readonly lr: number;
  readonly clipNorm: number | null;
  readonly task: Task;
  readonly steps: number;
  /** Labels as the step program takes them. */
  readonly labels: TensorData;
  readonly losses: readonly number[];
  /** Before clipping. */
  readonly gradientNorms: readonly number[];
  readonly after: ReadonlyMap<string, Sampled>;
}

export interface ModelGolden {
  readonly name: string;
  /** `slow`: seconds in the interpreter; `large`: minutes. */
  readonly cost: "quick" | "slow" | "large";
  readonly spec: ModelSpec;
  readonly batch: number;
  /** [N, C, H, W] */
  readonly images: TensorData;
  readonly logits: Sampled;
  readonly pooled: Sampled;
  /** By module name, as timm's module gives it. */
  readonly taps: ReadonlyMap<string, Sampled>;
  /** By module name: what a branch adds to a map, where the module itself gives windows. */
  readonly maps: ReadonlyMap<string, Sampled>;
  readonly train: TrainGolden | null;
}

function sampled(value: Json | undefined): Sampled {
  const { shape, step, data } = asObject(value);
  return { shape: asNumbers(shape), step: asNumber(step), data: asNumbers(data) };
}

const sampledByName = (value: Json | undefined): ReadonlyMap<string, Sampled> =>
  new Map(Object.entries(asObject(value)).map(([name, tensor]) => [name, sampled(tensor)]));

function labelsOf(name: string, task: Task, batch: number, classes: number): TensorData {
  if (task !== "multilabel") return below(`${name} y`, [batch], classes);
  const { shape, data } = below(`${name} y`, [batch, classes], 2);
  return { shape, data: Float32Array.from(data) };
}

function trainGolden(value: Json | undefined, name: string, batch: number, classes: number): TrainGolden | null {
  if (value === null || value === undefined) return null;
  const golden = asObject(value);
  const task = asString(golden.task) as Task;
  return {
    optimizer: golden.optimizer as unknown as Choice,
    lr: asNumber(golden.lr),
    clipNorm: golden.clipNorm === null ? null : asNumber(golden.clipNorm),
    task,
    steps: asNumber(golden.steps),
    labels: labelsOf(name, task, batch, classes),
    losses: asNumbers(golden.losses),
    gradientNorms: asNumbers(golden.gradientNorms),
    after: sampledByName(golden.after),
  };
}

function modelGolden(value: Json): ModelGolden {
  const golden = asObject(value);
  const spec = golden.spec as unknown as ModelSpec;
  const [name, batch] = [asString(golden.name), asNumber(golden.batch)];
  const forward = asObject(golden.forward);
  return {
    name,
    cost: asString(golden.cost) as ModelGolden["cost"],
    spec,
    batch,
    images: uniform(`${name} x`, [batch, spec.channels, spec.size, spec.size], -1.7, 1.7),
    logits: sampled(forward.logits),
    pooled: sampled(forward.pooled),
    taps: sampledByName(forward.taps),
    maps: sampledByName(forward.maps),
    train: trainGolden(golden.train, name, batch, spec.classes),
  };
}

export const modelGoldens: readonly ModelGolden[] = asArray(readJson("models/golden/models.golden.json")).map(
  modelGolden,
);

/** A training of timm's model under given draws (test/goldens/dropout.py). */
export interface DroppingGolden {
  readonly name: string;
  readonly spec: ModelSpec;
  readonly batch: number;
  readonly images: TensorData;
  readonly train: TrainGolden;
  /** What the feed `draws` is in a step, from 1. */
  readonly draws: (step: number) => TensorData;
}

export const droppingGoldens: readonly DroppingGolden[] = asArray(
  readJson("models/golden/dropout.golden.json"),
).flatMap((value) => {
  const golden = asObject(value);
  const spec = golden.spec as unknown as ModelSpec;
  const [name, batch] = [asString(golden.name), asNumber(golden.batch)];
  const train = trainGolden(golden.train, name, batch, spec.classes);
  if (train === null) return [];
  const images = uniform(`${name} x`, [batch, spec.channels, spec.size, spec.size], -1.7, 1.7);
  const draws = (step: number) => below(`${name} draws ${step}`, [batch, 2], 2 ** 31 - 1);
  return [{ name, spec, batch, images, train, draws }];
});

/** The weights and buffers timm was given. */
export function goldenState(spec: ModelSpec): Map<string, TensorData> {
  return new Map(traceModel(spec).tensors.map(({ name, shape }) => [name, modelTensor(name, shape)]));
}

/** `goldenState` and a fresh optimizer. */
export function goldenTrainingState(spec: ModelSpec, optimizer: Choice): Map<string, TensorData> {
  const state = goldenState(spec);
  for (const { name, shape } of optimizerState(optimizer, traceModel(spec).tensors)) {
    state.set(name, { shape, data: new Float32Array(sizeOf(shape)) });
  }
  return state;
}

/**
 * Holds the sampled elements, relative to the largest of them.
 * @param floor least magnitude the tolerance is taken of
 */
export function expectSampled(
  actual: Numbers | undefined,
  expected: Sampled,
  tolerance: number,
  what: string,
  floor = 1e-3,
): void {
  expect(actual?.shape, `shape of ${what}`).toEqual(expected.shape);
  const scale = expected.data.reduce((most, x) => Math.max(most, Math.abs(x)), floor);
  expected.data.forEach((value, i) => {
    const found = actual?.data[i * expected.step] ?? Number.NaN;
    const off = Math.abs(found - value);
    expect(off, `${what}[${i * expected.step}]: ${found} for ${value}`).toBeLessThanOrEqual(tolerance * scale);
  });
}

/** One of timm's own models, freshly initialized: what it says of its tensors. */
export interface TimmGolden {
  readonly name: string;
  readonly parameters: number;
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: Shape;
    readonly std: number;
    readonly largest: number;
  }[];
}

/** `tensors` is empty for models of which only the counts were kept. */
export const timmGoldens: readonly (TimmGolden & { readonly tensorCount: number })[] = Object.entries(
  asObject(readJson("models/golden/timm.golden.json")),
).map(([name, value]) => {
  const { parameters, tensors } = asObject(value);
  const list = Array.isArray(tensors) ? tensors : [];
  return {
    name,
    parameters: asNumber(parameters),
    tensorCount: Array.isArray(tensors) ? tensors.length : asNumber(tensors),
    tensors: list.map((entry) => {
      const [tensor, shape, std, largest] = asArray(entry);
      return { name: asString(tensor), shape: asNumbers(shape), std: asNumber(std), largest: asNumber(largest) };
    }),
  };
});
