/** The programs of a training over one state, and a step of it. */

import type { StepContext } from "../../compiler/plan/steps.js";
import { buildEvaluate, buildStep } from "../../models/programs.js";
import { canonicalSpec } from "../../models/trace.js";
import type { ProgramBundle, TensorData } from "../../program/types.js";
import type { Session } from "../engine/types.js";
import { type OpenBundle, openBundle } from "../ops/sessions.js";
import { deviceAugmentation, EpochBatches } from "./epochs.js";
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
    return this.bundle.stateNames;
  }

  /**
   * @param step from 1
   * @param scalars of the optimizer, as `stepScalars` makes them
   */
  async step(step: number, scalars: Fetched): Promise<StepResult> {
    const batch = this.#batches.of(step);
    const program = batch.indices.length === this.length.batch ? "step" : "tail";
    const fetched = await this.session.run(program, { ...this.#batches.feeds(batch), ...scalars });
    return { loss: fetched.loss?.data[0] ?? Number.NaN, fetched };
  }
}

/** `step`, `evaluate`, and `tail` for an epoch's last, partial batch: one state. */
export async function openTraining(request: StageRequest, length: StepContext): Promise<TrainingPrograms> {
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
  const bundle = await openBundle(engine, key, (): ProgramBundle => {
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
  return new TrainingPrograms(request, bundle, length);
}
