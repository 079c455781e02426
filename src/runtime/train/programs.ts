/** The programs of a training over one state, and a step of it, whole or in micro-batches. */

import type { StepContext } from "../../compiler/plan/steps.js";
import { buildAccumulate, buildApply, gradientState, isGradientState } from "../../models/accumulate.js";
import { averagedTensors, averageName, buildAverage, storedAverages } from "../../models/average.js";
import { buildEvaluate, buildStep } from "../../models/programs.js";
import { canonicalSpec } from "../../models/trace.js";
import type { TrainedParts } from "../../models/trained.js";
import type { ModelInfo } from "../../models/types.js";
import { sizeOf } from "../../program/shape.js";
import { stepScalars } from "../../program/training/optimizer.js";
import type { Program, ProgramBundle, TensorData } from "../../program/types.js";
import type { Session } from "../engine/types.js";
import { type OpenBundle, openBundle } from "../ops/sessions.js";
import { deviceAugmentation, type EpochBatch, EpochBatches, pieceOf } from "./epochs.js";
import { evaluationBatch } from "./evaluate.js";
import { lossOptions } from "./losses.js";
import { Phases } from "./phases.js";
import type { StageRequest } from "./request.js";

type Fetched = { readonly [name: string]: TensorData };

export interface StepResult {
  /** NaN where none was fetched. */
  readonly loss: number;
  readonly fetched: Fetched;
}

export class TrainingPrograms {
  readonly #batches: EpochBatches;
  readonly #phases: Phases;

  constructor(
    readonly request: StageRequest,
    readonly bundle: OpenBundle,
    readonly length: StepContext,
  ) {
    this.#batches = new EpochBatches(request, length);
    this.#phases = new Phases(request, length);
  }

  get session(): Session {
    return this.bundle.session;
  }

  /** Names of the state that has to outlive a step. */
  get lasting(): readonly string[] {
    return this.bundle.stateNames.filter((name) => !isGradientState(name));
  }

  /** State that is zero between two steps. */
  get fleeting(): ReadonlyMap<string, TensorData> {
    if (this.request.microBatch === undefined) return new Map();
    const { model, recipe } = this.request.params;
    const zeros = gradientState(model, frozenParts(recipe)).map(({ name, shape }) => {
      return [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const;
    });
    return new Map(zeros);
  }

  /**
   * @param step from 1
   * @param taken its number among those that were not skipped
   */
  async step(step: number, taken: number, rate: number): Promise<StepResult> {
    const batch = this.#batches.of(step);
    const { microBatch, params } = this.request;
    const phase = this.#phases.at(step);
    const scalars = stepScalars(params.recipe.optimizer, taken, rate, this.#phases.later(step));
    if (microBatch !== undefined) return this.#inPieces(batch, { size: microBatch, phase, scalars });
    const program = phaseName(batch.indices.length === this.length.batch ? "step" : "tail", phase);
    const fetched = await this.session.run(program, { ...this.#batches.feeds(batch), ...scalars });
    await this.#average();
    return { loss: fetched.loss?.data[0] ?? Number.NaN, fetched };
  }

  async #average(): Promise<void> {
    if (this.request.params.recipe.average !== undefined) await this.session.run("average", {});
  }

  /** The model's tensors as checks see them: of their average, where there is one. */
  async read(): Promise<Map<string, TensorData>> {
    const { info, params } = this.request;
    const stored = storedOf(params, info) ?? ((name: string) => name);
    const names = info.tensors.map(({ name }) => name);
    const state = await this.session.read(names.map(stored));
    return new Map(
      names.flatMap((name) => {
        const tensor = state.get(stored(name));
        return tensor === undefined ? [] : [[name, tensor] as const];
      }),
    );
  }

  /** Averages before the first step: what training begins with. */
  get averages(): ReadonlyMap<string, TensorData> {
    const { info, params, initial } = this.request;
    if (params.recipe.average === undefined) return new Map();
    const tensors = averagedTensors(info, params.recipe.frozen ?? []);
    return new Map(
      tensors.flatMap(({ name }) => {
        const tensor = initial.get(name);
        return tensor === undefined ? [] : [[averageName(name), tensor] as const];
      }),
    );
  }

  /** Pieces in the batch's order, so that the sums are always the same ones. */
  async #inPieces(batch: EpochBatch, { size, phase, scalars }: Pieces): Promise<StepResult> {
    let loss = 0;
    for (let from = 0; from < batch.indices.length; from += size) {
      const piece = pieceOf(batch, from, size);
      const share = { shape: [], data: Float32Array.of(this.#batches.weightOf(piece) / this.#batches.weightOf(batch)) };
      const feeds = { ...this.#batches.feeds(piece), share };
      const fetched = await this.session.run(phaseName(pieceName(piece.indices.length), phase), feeds);
      loss += fetched.loss?.data[0] ?? Number.NaN;
    }
    const fetched = await this.session.run(phaseName("apply", phase), scalars);
    await this.#average();
    return { loss: Math.fround(loss), fetched };
  }
}

interface Pieces {
  readonly size: number;
  readonly phase: number | undefined;
  readonly scalars: Fetched;
}

function storedOf({ recipe }: StageRequest["params"], info: ModelInfo): ((name: string) => string) | undefined {
  return recipe.average && storedAverages(averagedTensors(info, recipe.frozen ?? []));
}

function frozenParts({ frozen }: StageRequest["params"]["recipe"]): Pick<TrainedParts, "frozen"> {
  return frozen === undefined ? {} : { frozen };
}

/** A program of a phase of gradual unfreezing has its number. */
const phaseName = (program: string, phase: number | undefined): string =>
  phase === undefined ? program : `${program}@${phase}`;

const pieceName = (images: number): string => `accumulate${images}`;

/** How many images the pieces of batches of these sizes have. */
function pieceSizes(batches: readonly number[], microBatch: number): readonly number[] {
  const sizes = batches.flatMap((batch) => [Math.min(batch, microBatch), batch % microBatch]);
  return [...new Set(sizes)].filter((size) => size > 0);
}

/** `step`, `evaluate`, and `tail` for an epoch's last, partial batch, or the pieces of both and `apply`: one state. */
export async function openTraining(request: StageRequest, length: StepContext): Promise<TrainingPrograms> {
  const { params, train, engine, microBatch } = request;
  const { model, recipe, task } = params;
  const rest = recipe.dropLast ? 0 : train.info.images % recipe.batch;
  const { lr: _, ...optimizer } = recipe.optimizer.params;
  const augment = deviceAugmentation(request)?.plan;
  const phases = new Phases(request, length).all;
  const loss = lossOptions(recipe.loss, train, model.classes);
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
    microBatch ?? null,
    recipe.frozen ?? null,
    recipe.layerDecay ?? null,
    recipe.average ?? null,
    loss ?? null,
    recipe.mix !== undefined,
    phases,
  ]);
  const bundle = await openBundle(engine, key, (): ProgramBundle => {
    const { clipNorm, precision, batch } = recipe;
    const options = {
      model,
      task,
      optimizer: recipe.optimizer,
      clipNorm,
      ...(precision ? { precision } : {}),
      ...(augment ? { augment } : {}),
      ...frozenParts(recipe),
      ...(recipe.layerDecay === undefined ? {} : { layerDecay: recipe.layerDecay }),
      ...(loss === undefined ? {} : { loss }),
      ...(recipe.mix === undefined ? {} : { softLabels: true }),
    };
    const programs: { [name: string]: Program } = {};
    // the last phase first: it trains most, and engines lay states out by the first program that updates them
    for (const phase of phases.toReversed()) {
      const named = (program: string) => phaseName(program, phase);
      const step = phase === undefined ? options : { ...options, thawed: phase };
      if (microBatch === undefined) {
        programs[named("step")] = buildStep({ ...step, batch });
        if (rest > 0) programs[named("tail")] = buildStep({ ...step, batch: rest });
      } else {
        programs[named("apply")] = buildApply(step);
        for (const size of pieceSizes([batch, rest], microBatch)) {
          programs[named(pieceName(size))] = buildAccumulate({ ...step, batch: size });
        }
      }
    }
    if (recipe.average !== undefined) {
      const decay = Number(recipe.average.params.decay);
      programs.average = buildAverage(averagedTensors(request.info, recipe.frozen ?? []), decay);
    }
    const evaluate = buildEvaluate(model, evaluationBatch(model), storedOf(params, request.info));
    return { programs: { ...programs, evaluate } };
  });
  return new TrainingPrograms(request, bundle, length);
}
