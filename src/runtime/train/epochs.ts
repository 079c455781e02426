/** Batches of an epoch: images in the order of a hash of their ids and the epoch. A step's follow from its number alone. */

import { type StepContext, stepsPerEpoch } from "../../compiler/plan/steps.js";
import { DRAWS } from "../../models/dropout.js";
import type { TensorData } from "../../program/types.js";
import { Stream } from "../random/stream.js";
import { type AugmentStep, augmentationsOf } from "./augment.js";
import { type BatchSource, drawKeys, imageBatch, labelBatch } from "./batches.js";
import { augmentsOnDevice, DeviceAugmentation } from "./device.js";
import { type StageRequest, sourceOf } from "./request.js";

/** Images of one batch, by index, and the epoch they are drawn in. */
export interface EpochBatch {
  readonly indices: Uint32Array;
  readonly epoch: number;
}

export class EpochBatches {
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
    this.#augmentations = augmentationsOf(params.recipe.augment, params.model);
    this.#source = sourceOf(request, train);
    this.#device = deviceAugmentation(request);
  }

  /** @param step from 1 */
  of(step: number): EpochBatch {
    const perEpoch = stepsPerEpoch(this.length);
    const epoch = Math.floor((step - 1) / perEpoch);
    if (epoch !== this.#epoch) {
      this.#positions = this.#order.order(this.request.train.hashes, epoch);
      this.#epoch = epoch;
    }
    const from = ((step - 1) % perEpoch) * this.length.batch;
    return { indices: this.#positions.subarray(from, from + this.length.batch), epoch };
  }

  /** What a program is fed of these images. */
  feeds({ indices, epoch }: EpochBatch): { readonly [name: string]: TensorData } {
    const augmented = { augmentations: this.#augmentations, stream: this.#augment, epoch };
    const images = this.#device?.feeds(this.#source, indices, augmented) ?? {
      x: imageBatch(this.#source, indices, indices.length, this.#augmentations.length > 0 ? augmented : undefined),
    };
    return {
      ...images,
      y: labelBatch(this.#source, indices),
      ...(this.#dropout ? { [DRAWS]: drawKeys(this.#source, indices, this.#dropout, epoch) } : {}),
    };
  }
}

/** What augments in the program, where the engine's device is one to do it. */
export function deviceAugmentation(request: StageRequest): DeviceAugmentation | undefined {
  const { params, engine, train } = request;
  const steps = augmentationsOf(params.recipe.augment, params.model);
  const worthwhile = steps.length > 0 && augmentsOnDevice(engine.signature.device);
  return worthwhile ? new DeviceAugmentation(sourceOf(request, train), steps) : undefined;
}
