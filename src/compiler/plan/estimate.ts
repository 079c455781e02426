/**
 * What a node will cost, before it runs: floating-point operations from the traced model, seconds from rates that are
 * data. Rates of this machine come from nodes that ran before (`measuredRates`); without any, from one ordinary CPU.
 */

import type { ModelInfo } from "../../models/types.js";
import type { Estimate } from "./types.js";

/** A pass over images: training costs three forward passes an image (forward, and two in the backward). */
export type Work = "train" | "forward";

export interface Rates {
  /** Floating-point operations a second by work and model (`speedKey`) or family; `default` where neither is listed. */
  readonly flopsPerSecond: { readonly [W in Work]: { readonly [modelOrFamily: string]: number } };
  readonly measured: ReadonlySet<string>;
  /** Bytes the engine takes for each byte of a program's values. */
  readonly memoryFactor: number;
  /** Of one step: feeding, fetching, bookkeeping. */
  readonly stepSeconds: number;
  /** Of one node: its process' share, opening a program, reading and writing the store. */
  readonly nodeSeconds: number;
  readonly decodedImagesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** One core of an ordinary machine with the embedded engine and small models, as docs/benchmarks.md has it. */
export const DEFAULT_RATES: Rates = {
  flopsPerSecond: { train: { default: 3.5e10 }, forward: { default: 4e10 } },
  measured: new Set(),
  memoryFactor: 2.2,
  stepSeconds: 0.002,
  nodeSeconds: 0.15,
  decodedImagesPerSecond: 4000,
  bytesPerSecond: 2e8,
};

/** One node that ran. */
export interface Observation {
  readonly work: Work;
  readonly family: string;
  /** `speedKey` of the model. */
  readonly model?: string;
  readonly flops: number;
  readonly seconds: number;
}

/** The median rate by work, model and family; a model never seen takes its family's, a family never seen that of all. */
export function measuredRates(observations: readonly Observation[], base: Rates = DEFAULT_RATES): Rates {
  const flopsPerSecond = { train: { ...base.flopsPerSecond.train }, forward: { ...base.flopsPerSecond.forward } };
  const measured = new Set<string>();
  for (const work of ["train", "forward"] as const) {
    const useful = observations.filter((seen) => seen.work === work && seen.seconds > 0 && seen.flops > 0);
    if (useful.length === 0) continue;
    const rate = (seen: readonly Observation[]) => median(seen.map(({ flops, seconds }) => flops / seconds));
    flopsPerSecond[work].default = rate(useful);
    measured.add(`${work}:default`);
    for (const name of new Set(
      useful.flatMap(({ family, model }) => (model === undefined ? [family] : [family, model])),
    )) {
      flopsPerSecond[work][name] = rate(useful.filter(({ family, model }) => family === name || model === name));
      measured.add(`${work}:${name}`);
    }
  }
  return { ...base, flopsPerSecond, measured };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

const FLOAT = 4;
/** Of a worker before it holds any model: Node, the engine's library, its compiled graphs. */
const WORKER_BYTES = 250e6;

/** Bytes of a state: every tensor in float32. */
export function stateBytes(info: ModelInfo): number {
  let numbers = 0;
  for (const { shape } of info.tensors) numbers += shape.reduce((product, size) => product * size, 1);
  return numbers * FLOAT;
}

export interface TrainWork {
  readonly info: ModelInfo;
  readonly family: string;
  /** `speedKey` of the model. */
  readonly model: string;
  readonly steps: number;
  readonly batch: number;
  /** Images a check evaluates, and how many checks there are. */
  readonly checkImages: number;
  readonly checks: number;
  readonly states: number;
  /** Of one step's values, at their peak: of the images of a batch that are in memory together. */
  readonly valueBytes: number;
  /** Of the arithmetic of a step that trains all of the model. Default 1. */
  readonly share?: number;
  /** Whether it may stop before its last step. */
  readonly stops?: "early";
}

export function estimateTrain(work: TrainWork, rates: Rates): Estimate {
  const { info, steps, batch } = work;
  const training = 3 * info.forwardFlops * batch * steps * (work.share ?? 1);
  const checking = info.forwardFlops * work.checkImages * work.checks;
  return {
    seconds:
      rates.nodeSeconds +
      steps * rates.stepSeconds +
      training / rateOf(rates, "train", work) +
      checking / rateOf(rates, "forward", work),
    bytes: stateBytes(info) * work.states,
    // the worker itself keeps the state it started from, the best, the last, and one being read or written
    memory: WORKER_BYTES + 4 * stateBytes(info) + rates.memoryFactor * work.valueBytes,
    deviceMemory: rates.memoryFactor * work.valueBytes,
    flops: training + checking,
    ...basisOf(rates, "train", work),
    ...(work.stops === "early" ? { atMost: true } : {}),
  };
}

export interface ForwardWork {
  readonly info: ModelInfo;
  readonly family: string;
  readonly model: string;
  readonly images: number;
  /** Beyond the model's own, and kept in memory: Gram matrices, feature banks. */
  readonly extraFlops: number;
  readonly extraMemory: number;
  readonly outputBytes: number;
  /** Of the values of the program of all layers, at their peak. */
  readonly valueBytes: number;
}

export function estimateForward(work: ForwardWork, rates: Rates): Estimate {
  const { info, images } = work;
  const flops = info.forwardFlops * images + work.extraFlops;
  return {
    seconds: rates.nodeSeconds + flops / rateOf(rates, "forward", work),
    bytes: work.outputBytes,
    memory: WORKER_BYTES + stateBytes(info) + work.extraMemory + rates.memoryFactor * work.valueBytes,
    deviceMemory: rates.memoryFactor * work.valueBytes,
    flops,
    ...basisOf(rates, "forward", work),
  };
}

/** Reading, decoding, sampling, writing: host work that is bound by images and bytes. */
export function estimateHost(work: { readonly images: number; readonly bytes: number }, rates: Rates): Estimate {
  return {
    seconds: 0.01 + work.images / rates.decodedImagesPerSecond + work.bytes / rates.bytesPerSecond,
    bytes: work.bytes,
    memory: 2 * work.bytes,
    deviceMemory: 0,
    flops: 0,
    basis: "default",
  };
}

type Measured = Pick<TrainWork, "family" | "model">;

function rateOf(rates: Rates, work: Work, { family, model }: Measured): number {
  const known = rates.flopsPerSecond[work];
  return known[model] ?? known[family] ?? known.default ?? 3.5e10;
}

function basisOf(rates: Rates, work: Work, { family, model }: Measured): Pick<Estimate, "basis" | "from"> {
  if ([model, family].some((name) => rates.measured.has(`${work}:${name}`))) return { basis: "measured" };
  if (!rates.measured.has(`${work}:default`)) return { basis: "default" };
  return { basis: "extrapolated", from: familiesMeasured(rates, work) };
}

/** Without single models, whose names are JSON (`speedKey`). */
function familiesMeasured({ measured }: Rates, work: Work): readonly string[] {
  const names = [...measured].flatMap((name) => (name.startsWith(`${work}:`) ? [name.slice(work.length + 1)] : []));
  return names.filter((name) => name !== "default" && !name.startsWith("[")).sort();
}
