/** One stage of training on an engine: order, augmentation, schedule, checks, selection. */

import { setImmediate } from "node:timers/promises";
import type { Choice } from "../../catalog/types.js";
import { checkSteps, resolveDuration, type StepContext, stepsPerEpoch } from "../../compiler/plan/steps.js";
import type { OpParams } from "../../compiler/plan/types.js";
import { DRAWS } from "../../models/dropout.js";
import { buildEvaluate, buildStep } from "../../models/programs.js";
import { canonicalSpec } from "../../models/trace.js";
import type { ModelInfo } from "../../models/types.js";
import { optimizerState, stepScalars } from "../../program/training/optimizer.js";
import { precisionState } from "../../program/training/precision.js";
import type { ProgramBundle, TensorData } from "../../program/types.js";
import { type ImageSet, normalizationOf } from "../data/images.js";
import type { Engine, Session } from "../engine/types.js";
import { type OpenBundle, openBundle } from "../ops/sessions.js";
import { directionOf, predictionsOf, score } from "../probes/metric.js";
import { Stream } from "../random/stream.js";
import type { NamedTensors } from "../state/safetensors.js";
import { type AugmentStep, augmentationsOf } from "./augment.js";
import { type BatchSource, drawKeys, imageBatch, labelBatch } from "./batches.js";
import { augmentsOnDevice, DeviceAugmentation } from "./device.js";
import { TrainingError } from "./errors.js";
import { evaluateLogits, evaluationBatch } from "./evaluate.js";
import { History } from "./history.js";
import { Schedule } from "./schedule.js";
import { SkippedSteps } from "./skips.js";

export interface StageRequest {
  readonly params: OpParams["train"];
  readonly info: ModelInfo;
  readonly engine: Engine;
  readonly initial: NamedTensors;
  readonly train: ImageSet;
  readonly val: ImageSet | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (step: number, total: number, values: { readonly [name: string]: number }) => void;
}

export interface StageResult {
  readonly selected: NamedTensors;
  readonly last: NamedTensors;
  /** In the order of `recipe.keep`. */
  readonly kept: readonly NamedTensors[];
  readonly history: History;
  readonly selectedStep: number;
  /** Of the selected state, where something was checked. */
  readonly selectedValue: number | undefined;
}

/** @throws TrainingError */
export async function trainStage(request: StageRequest): Promise<StageResult> {
  return new Stage(request, await openTraining(request)).run();
}

class Stage {
  readonly #length: StepContext;
  readonly #total: number;
  readonly #checks: ReadonlySet<number>;
  readonly #keepAt: readonly number[];
  readonly #schedule: Schedule;
  readonly #history: History;
  readonly #batches: EpochBatches;
  readonly #skips = new SkippedSteps();
  readonly #kept = new Map<number, NamedTensors>();
  #best: { readonly state: NamedTensors; readonly step: number; readonly value: number } | undefined;

  constructor(
    readonly request: StageRequest,
    readonly bundle: OpenBundle,
  ) {
    const { params, train } = request;
    const { recipe, metric } = params;
    this.#length = { trainImages: train.info.images, batch: recipe.batch, dropLast: recipe.dropLast };
    const every = recipe.select.every;
    this.#total = resolveDuration(recipe.duration, this.#length, every);
    if (this.#total > 0 && stepsPerEpoch(this.#length) === 0) {
      throw new TrainingError(
        `an epoch has no step: ${train.info.images} training images make no batch of ${recipe.batch}; lower \`batch\` or say \`drop_last no\``,
      );
    }
    this.#checks = new Set(checkSteps(this.#total, every, this.#length));
    this.#keepAt = recipe.keep.map((at) => Math.min(this.#total, resolveDuration(at, this.#length, every)));
    this.#schedule = new Schedule(recipe.schedule, {
      ...this.#length,
      totalSteps: this.#total,
      checkEvery: every,
      direction: directionOf(metric),
      rate: learningRate(recipe.optimizer),
    });
    this.#history = new History(metric, this.#total);
    this.#batches = new EpochBatches(request, this.#length);
  }

  async run(): Promise<StageResult> {
    const { session } = this.bundle;
    await session.load(this.#startingState());
    if (this.#keepAt.includes(0)) this.#kept.set(0, this.request.initial);
    for (let step = 1; step <= this.#total; step++) {
      await setImmediate();
      this.request.signal.throwIfAborted();
      const loss = await this.#step(session, step);
      const value = this.#checks.has(step) ? await this.#check(session, step) : undefined;
      if (this.#keepAt.includes(step)) this.#kept.set(step, await this.#read());
      this.request.onProgress(step, this.#total, {
        ...(loss === undefined ? {} : { loss }),
        ...(value === undefined ? {} : { val: value }),
      });
    }
    this.#skips.finish(this.#total);
    this.#history.skipped = this.#skips.total;
    return this.#result();
  }

  /** The loss; undefined where the step was skipped for it. */
  async #step(session: Session, step: number): Promise<number | undefined> {
    const { optimizer } = this.request.params.recipe;
    const rate = this.#schedule.rate(step);
    const { program, feeds } = this.#batches.of(step);
    const scalars = stepScalars(optimizer, this.#skips.taken(step), rate);
    const fetched = await session.run(program, { ...feeds, ...scalars });
    const value = fetched.loss?.data[0] ?? Number.NaN;
    const skipped = this.#skips.see(step, fetched);
    if (Number.isFinite(value)) {
      this.#history.step(step, value, rate);
      return value;
    }
    if (skipped) return undefined;
    throw new TrainingError(
      `the loss is ${value} at step ${step} (learning rate ${rate}); lower \`lr\`, add \`clip_norm\`, or warm up longer`,
    );
  }

  async #check(session: Session, step: number): Promise<number | undefined> {
    const { params, val, signal } = this.request;
    if (val === undefined) return undefined;
    const source = sourceOf(this.request, val);
    const logits = await evaluateLogits(session, "evaluate", source, signal);
    const value = score(params.metric, predictionsOf(logits, val.labels, params.model.classes, params.task));
    this.#history.checks.push({ step, value });
    this.#schedule.checked(step, value);
    if (params.recipe.select.kind === "best" && this.#improves(value)) {
      this.#best = { state: await this.#read(), step, value };
    }
    return value;
  }

  /** The earlier of two that are equal stays; what is no number never wins. */
  #improves(value: number): boolean {
    if (Number.isNaN(value)) return false;
    if (this.#best === undefined) return true;
    return directionOf(this.request.params.metric) === "max" ? value > this.#best.value : value < this.#best.value;
  }

  async #result(): Promise<StageResult> {
    const last = this.#total === 0 ? this.request.initial : await this.#read();
    return {
      selected: this.#best?.state ?? last,
      last,
      kept: this.#keepAt.map((step) => this.#kept.get(step) ?? last),
      history: this.#history,
      selectedStep: this.#best?.step ?? this.#total,
      selectedValue: this.#best?.value ?? this.#history.checks.at(-1)?.value,
    };
  }

  #read(): Promise<NamedTensors> {
    return this.bundle.session.read(this.request.info.tensors.map(({ name }) => name));
  }

  #startingState(): Map<string, TensorData> {
    const { info, initial, params } = this.request;
    const zeros = optimizerState(params.recipe.optimizer, info.tensors).map(({ name, shape }) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, { shape, data: new Float32Array(count) }] as const;
    });
    return new Map([...initial, ...zeros, ...precisionState(params.recipe.precision)]);
  }
}

/** Batches of an epoch: images in the order of a hash of their ids and the epoch. */
class EpochBatches {
  readonly #order: Stream;
  readonly #augment: Stream;
  readonly #dropout: Stream | undefined;
  readonly #augmentations: readonly AugmentStep[];
  readonly #device: DeviceAugmentation | undefined;
  readonly #source: BatchSource;
  #epoch = -1;
  #positions: Uint32Array = new Uint32Array(0);

  constructor(
    readonly request: StageRequest,
    readonly length: StepContext,
  ) {
    const { params, train } = request;
    this.#order = new Stream(params.streams.order);
    this.#augment = new Stream(params.streams.augment);
    this.#dropout = params.streams.dropout && new Stream(params.streams.dropout);
    this.#augmentations = augmentationsOf(params.recipe.augment, params.model.size);
    this.#source = sourceOf(request, train);
    this.#device = deviceAugmentation(request);
  }

  /** @param step from 1 */
  of(step: number): { readonly program: string; readonly feeds: { readonly [name: string]: TensorData } } {
    const perEpoch = stepsPerEpoch(this.length);
    const epoch = Math.floor((step - 1) / perEpoch);
    if (epoch !== this.#epoch) {
      this.#positions = this.#order.order(this.request.train.hashes, epoch);
      this.#epoch = epoch;
    }
    const from = ((step - 1) % perEpoch) * this.length.batch;
    const indices = this.#positions.subarray(from, from + this.length.batch);
    const augmented = { augmentations: this.#augmentations, stream: this.#augment, epoch };
    const images = this.#device?.feeds(this.#source, indices, augmented) ?? {
      x: imageBatch(this.#source, indices, indices.length, this.#augmentations.length > 0 ? augmented : undefined),
    };
    return {
      program: indices.length === this.length.batch ? "step" : "tail",
      feeds: {
        ...images,
        y: labelBatch(this.#source, indices),
        ...(this.#dropout ? { [DRAWS]: drawKeys(this.#source, indices, this.#dropout, epoch) } : {}),
      },
    };
  }
}

/** What augments in the program, where the engine's device is one to do it. */
function deviceAugmentation(request: StageRequest): DeviceAugmentation | undefined {
  const { params, engine, train } = request;
  const steps = augmentationsOf(params.recipe.augment, params.model.size);
  const worthwhile = steps.length > 0 && augmentsOnDevice(engine.signature.device);
  return worthwhile ? new DeviceAugmentation(sourceOf(request, train), steps) : undefined;
}

function sourceOf({ params }: StageRequest, images: ImageSet): BatchSource {
  const { model, task, normalize } = params;
  return { images, model, task, normalization: normalizationOf(normalize, images.info) };
}

function learningRate({ id, params }: Choice): number {
  if (typeof params.lr !== "number") throw new TrainingError(`optimizer ${id} has no learning rate`);
  return params.lr;
}

/** `step`, `evaluate`, and `tail` for an epoch's last, partial batch: one state. */
function openTraining(request: StageRequest): Promise<OpenBundle> {
  const { params, train, engine } = request;
  const { model, recipe, task } = params;
  const rest = recipe.dropLast ? 0 : train.info.images % recipe.batch;
  const { lr: _, ...optimizer } = recipe.optimizer.params;
  const augment = deviceAugmentation(request)?.plan;
  const key = JSON.stringify([
    "train",
    canonicalSpec(model),
    recipe.batch,
    rest,
    task,
    recipe.optimizer.id,
    optimizer,
    recipe.clipNorm,
    recipe.precision ?? null,
    augment ?? null,
  ]);
  return openBundle(engine, key, (): ProgramBundle => {
    const { clipNorm, precision } = recipe;
    const options = {
      model,
      task,
      optimizer: recipe.optimizer,
      clipNorm,
      ...(precision ? { precision } : {}),
      ...(augment ? { augment } : {}),
    };
    return {
      programs: {
        step: buildStep({ ...options, batch: recipe.batch }),
        ...(rest > 0 ? { tail: buildStep({ ...options, batch: rest }) } : {}),
        evaluate: buildEvaluate(model, evaluationBatch(model)),
      },
    };
  });
}
