/** One training step's time and memory on this machine, and the largest batch that fits. Behind `xferc bench step`. */

import { entries, validate } from "../../catalog/index.js";
import type { Choice, Json } from "../../catalog/types.js";
import type { Observation, Rates } from "../../compiler/plan/index.js";
import { memoryFactor, stepMemory, valueBytes } from "../../models/memory.js";
import { ModelError } from "../../models/parameters.js";
import type { StepOptions } from "../../models/programs.js";
import { speedKey, traceModel } from "../../models/trace.js";
import type { ModelSpec } from "../../models/types.js";
import { largestBatch } from "../../program/memory.js";
import { HOPELESS, stepOutOfMemory } from "../coordinator/out-of-memory.js";
import { cpuDevice } from "../devices/limits.js";
import type { Device } from "../devices/types.js";
import { EngineError } from "../engine/index.js";
import { UsageError } from "../host/errors.js";
import { type NamedModel, namedModel, UnknownModelError, violationText } from "../named-model.js";
import type { Plugins } from "../plugins/load.js";
import { NO_PLUGINS } from "../plugins/none.js";
import { chooseEngine } from "../run/choose.js";
import { type Compute, type ComputeWish, computeCandidates } from "../run/engine.js";
import { addObservations, readRates } from "../run/rates.js";
import { CONTEXT_BYTES } from "../schedule/inventory.js";
import { inChild } from "./spawn.js";
import type { BenchAnswer } from "./types.js";

export interface StepRequest {
  /** A catalogue id or a timm name. */
  readonly model: string;
  readonly params: { readonly [name: string]: Json };
  readonly batch: number;
  /** Height and width of images, px; the model's own unless given. */
  readonly size: number | undefined;
  /** The project's, where one may bring the model; none unless given. */
  readonly plugins?: Plugins | undefined;
  readonly wish: ComputeWish;
  /** Where the rate is kept for `auto` and for estimates. */
  readonly cache: string;
}

export interface StepFigures {
  readonly model: string;
  readonly family: string;
  readonly batch: number;
  readonly size: number;
  readonly parameters: number;
  readonly optimizer: string;
  readonly engine: string;
  readonly engine_version: string;
  readonly device: string;
  readonly device_name: string;
  readonly threads: number;
  readonly precision: string;
  /** Why this engine; null where it was asked for or is the only one. */
  readonly engine_reason: string | null;
  readonly steps: number;
  readonly ms_median: number;
  readonly ms_min: number;
  readonly ms_max: number;
  readonly images_per_second: number;
  readonly flops_per_second: number;
  /** Of the process that did nothing else. */
  readonly peak_rss_bytes: number;
  /** Of that, what it held before it built the model. */
  readonly base_rss_bytes: number;
  /** On a GPU with memory of its own; null where no one knows. */
  readonly peak_device_bytes: number | null;
  /** By what liveness counts, before the measurement corrects it. */
  readonly estimated_bytes: number;
  /** By the estimate, corrected by the measurement, and the memory that is free now; null where no one knows that. */
  readonly largest_batch: number | null;
  /** Memory the largest batch was fitted into. */
  readonly free_bytes: number | null;
}

const ADAM = "adam";
const CLASSES = 1000;
const CHANNELS = 3;

/** @throws UsageError, EngineError */
export async function benchStep(request: StepRequest): Promise<StepFigures> {
  const model = specOf(request);
  const options: StepOptions = {
    model,
    batch: request.batch,
    task: "multiclass",
    optimizer: standardOptimizer(),
    clipNorm: 1,
  };
  // the measuring process runs code of that plug-in alone
  const plugins = (request.plugins ?? NO_PLUGINS).specs.filter(({ ref }) => ref.digest === model.plugin?.digest);
  const { compute, why } = await chosen(request, options);
  const [device] = compute.devices;
  if (device === undefined) throw new Error("internal error: an engine without a device");
  const { freeBytes } = cpuDevice();
  refuseHopeless(options, compute.engine.id, device);
  const { answer, deviceBytes } = await inChild({ engine: compute.engine, options, plugins }, device);
  if (answer.status === "failed") throw failure(answer, options, compute.engine.id, device);
  const figures = figuresOf({ request, options, compute, why, device, answer, deviceBytes, freeBytes });
  addObservations(request.cache, compute, [observed(figures, options)]);
  return figures;
}

function modelOf({ model, plugins }: StepRequest): NamedModel {
  try {
    return namedModel(model, plugins?.catalog);
  } catch (error) {
    if (error instanceof UnknownModelError) throw new UsageError(error.message);
    throw error;
  }
}

function specOf(request: StepRequest): ModelSpec {
  const { model: name, params: given, size } = request;
  const { family, params: preset, size: own } = modelOf(request);
  const wanted = size ?? own;
  const checked = validate(family, { ...preset, ...given, ...(wanted === undefined ? {} : { size: wanted }) });
  if (!checked.ok) throw new UsageError(`model \`${name}\`: ${checked.violations.map(violationText).join("; ")}`);
  const { size: settled, ...params } = checked.choice.params;
  const spec: ModelSpec = {
    family: family.id,
    version: family.version,
    params: params as ModelSpec["params"],
    classes: CLASSES,
    channels: CHANNELS,
    size: typeof settled === "number" ? settled : 224,
    ...(family.plugin === undefined ? {} : { plugin: family.plugin }),
  };
  try {
    traceModel(spec);
    return spec;
  } catch (error) {
    if (error instanceof ModelError) throw new UsageError(`model \`${name}\`: ${error.message}`);
    throw error;
  }
}

function standardOptimizer(): Choice {
  const adam = entries("optimizer").find(({ id }) => id === ADAM);
  const checked = adam && validate(adam, { lr: 1e-4 });
  if (!checked?.ok) throw new Error("internal error: the catalogue has no adam");
  return checked.choice;
}

const stepFlops = ({ model, batch }: StepOptions): number => 3 * traceModel(model).forwardFlops * batch;

/** By what earlier measurements say of this model. */
async function chosen(
  { wish, cache }: StepRequest,
  options: StepOptions,
): Promise<{ readonly compute: Compute; readonly why: string | undefined }> {
  const candidates = await computeCandidates(wish);
  const key = speedKey(options.model);
  const rates = candidates.map((candidate) => readRates(cache, candidate));
  const known = rates.map(({ flopsPerSecond }: Rates) => flopsPerSecond.train[key]);
  const fastest = Math.max(1, ...known.filter((rate) => rate !== undefined));
  const { index, why } = chooseEngine(
    candidates.map(({ title }, at) => ({
      title,
      seconds: stepFlops(options) / (known[at] ?? fastest),
      workers: 1,
      nodes: 1,
      measured: known[at] !== undefined,
    })),
  );
  const compute = candidates[index] ?? candidates[0];
  return { compute, why };
}

/** The values of a step are there whatever the engine; a system out of memory kills what it likes. */
function refuseHopeless(options: StepOptions, engine: string, device: Device): void {
  const memory = device.kind === "webgpu" ? null : device.memoryBytes;
  if (memory === null || estimated(options) <= memory) return;
  throw new EngineError(stepOutOfMemory(options, engine, device, HOPELESS, undefined));
}

function failure(
  { kind, message, state }: Extract<BenchAnswer, { status: "failed" }>,
  options: StepOptions,
  engine: string,
  device: Device,
): Error {
  return new EngineError(kind === "memory" ? stepOutOfMemory(options, engine, device, message, state) : message);
}

interface Findings {
  readonly request: StepRequest;
  readonly options: StepOptions;
  readonly compute: Compute;
  readonly why: string | undefined;
  readonly device: Device;
  readonly answer: Extract<BenchAnswer, { status: "measured" }>;
  readonly deviceBytes: number | null;
  /** Of the host, before anything was measured. */
  readonly freeBytes: number;
}

function figuresOf(findings: Findings): StepFigures {
  const { request, options, compute, why, device, answer, deviceBytes } = findings;
  const { ms, rssBefore, peakRss } = answer.measured;
  const sorted = ms.toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? Number.NaN;
  const { signature } = compute;
  const fit = largestFor(findings);
  return {
    model: request.model,
    family: options.model.family,
    batch: options.batch,
    size: options.model.size,
    parameters: traceModel(options.model).parameterCount,
    optimizer: options.optimizer.id,
    engine: signature.engine,
    engine_version: signature.engineVersion,
    device: signature.device,
    device_name: device.name,
    threads: signature.threads,
    precision: signature.precision,
    engine_reason: why ?? null,
    steps: ms.length,
    ms_median: median,
    ms_min: sorted[0] ?? Number.NaN,
    ms_max: sorted.at(-1) ?? Number.NaN,
    images_per_second: (1000 * options.batch) / median,
    flops_per_second: (1000 * stepFlops(options)) / median,
    peak_rss_bytes: peakRss,
    base_rss_bytes: rssBefore,
    peak_device_bytes: deviceBytes,
    estimated_bytes: estimated(options),
    largest_batch: fit?.batch ?? null,
    free_bytes: fit?.free ?? null,
  };
}

function estimated(options: StepOptions): number {
  return valueBytes(stepMemory(options));
}

/** Where memory is known: the estimate times what this measurement found it to be wrong by, into what is free now. */
function largestFor({
  options,
  compute,
  device,
  answer,
  deviceBytes,
  freeBytes,
}: Findings): { batch: number; free: number } | undefined {
  const { rssBefore, peakRss } = answer.measured;
  const inHost = device.kind === "cpu" || (device.kind === "webgpu" && device.hardware === "software");
  // as it was before the measuring process took its share
  const free = inHost ? freeBytes : device.kind === "cuda" ? device.freeBytes : null;
  if (free === null) return undefined;
  const base = inHost ? rssBefore : CONTEXT_BYTES;
  const used = inHost ? peakRss : deviceBytes;
  const factor = used === null ? memoryFactor(compute.signature.engine) : Math.max(0, used - base) / estimated(options);
  const needs = (batch: number) => base + factor * estimated({ ...options, batch });
  return { batch: largestBatch(needs, free), free };
}

function observed({ ms_median }: StepFigures, options: StepOptions): Observation {
  const { model } = options;
  return {
    work: "train",
    family: model.family,
    model: speedKey(model),
    flops: stepFlops(options),
    seconds: ms_median / 1000,
  };
}
