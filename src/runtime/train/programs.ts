/** The programs of a training over one state, and a step of it, whole or in micro-batches. */

import type { StepContext } from "../../compiler/plan/steps.js";
import { buildAccumulate, buildApply, gradientState, isGradientState } from "../../models/accumulate.js";
import { buildEvaluate, buildStep } from "../../models/programs.js";
import { canonicalSpec } from "../../models/trace.js";
import { sizeOf } from "../../program/shape.js";
import type { Program, ProgramBundle, TensorData } from "../../program/types.js";
import type { Session } from "../engine/types.js";
import { type OpenBundle, openBundle } from "../ops/sessions.js";
import { deviceAugmentation, type EpochBatch, EpochBatches } from "./epochs.js";
import { evaluationBatch } from "./evaluate.js";
import type { StageRequest } from "./request.js";

type Fetched = { readonly [name: string]: TensorData };

export interface StepResult {
  /** NaN where none was fetched. */
  readonly loss: number;
  readonly fetched: Fetched;
}

export class TrainingPrograms {
  readonly #batches: EpochBatches;

  constructor(
    readonly request: StageRequest,
    readonly bundle: OpenBundle,
    readonly length: StepContext,
  ) {
    this.#batches = new EpochBatches(request, length);
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
    const zeros = gradientState(this.request.params.model).map(({ name, shape }) => {
      return [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const;
    });
    return new Map(zeros);
  }

  /**
   * @param step from 1
   * @param scalars of the optimizer, as `stepScalars` makes them
   */
  async step(step: number, scalars: Fetched): Promise<StepResult> {
    const batch = this.#batches.of(step);
    const { microBatch } = this.request;
    if (microBatch !== undefined) return this.#inPieces(batch, microBatch, scalars);
    const program = batch.indices.length === this.length.batch ? "step" : "tail";
    const fetched = await this.session.run(program, { ...this.#batches.feeds(batch), ...scalars });
    return { loss: fetched.loss?.data[0] ?? Number.NaN, fetched };
  }

  /** Pieces in the batch's order, so that the sums are always the same ones. */
  async #inPieces({ indices, epoch }: EpochBatch, size: number, scalars: Fetched): Promise<StepResult> {
    let loss = 0;
    for (let from = 0; from < indices.length; from += size) {
      const piece = indices.subarray(from, from + size);
      const share = { shape: [], data: Float32Array.of(piece.length / indices.length) };
      const feeds = { ...this.#batches.feeds({ indices: piece, epoch }), share };
      const fetched = await this.session.run(pieceName(piece.length), feeds);
      loss += fetched.loss?.data[0] ?? Number.NaN;
    }
    return { loss: Math.fround(loss), fetched: await this.session.run("apply", scalars) };
  }
}

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
    };
    const programs: { [name: string]: Program } = {};
    if (microBatch === undefined) {
      programs.step = buildStep({ ...options, batch });
      if (rest > 0) programs.tail = buildStep({ ...options, batch: rest });
    } else {
      programs.apply = buildApply(options);
      for (const size of pieceSizes([batch, rest], microBatch)) {
        programs[pieceName(size)] = buildAccumulate({ ...options, batch: size });
      }
    }
    return { programs: { ...programs, evaluate: buildEvaluate(model, evaluationBatch(model)) } };
  });
  return new TrainingPrograms(request, bundle, length);
}
