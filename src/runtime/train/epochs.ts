/** Batches of an epoch: images in the order of a hash of their ids and the epoch. A step's follow from its number alone. */

import { type StepContext, stepsPerEpoch } from "../../compiler/plan/steps.js";
import { DRAWS } from "../../models/blocks/dropout.js";
import type { TensorData } from "../../program/types.js";
import { Stream } from "../random/stream.js";
import { type AugmentStep, augmentationsOf } from "./augment.js";
import { type BatchSource, drawKeys, imageBatch, labelBatch } from "./batches.js";
import { augmentsOnDevice, DeviceAugmentation } from "./device.js";
import { lossOptions } from "./losses.js";
import { type BatchMixing, drawMixing, mixBatch, mixLabels } from "./mix.js";
import { type StageRequest, sourceOf } from "./request.js";

/** Images of one batch, by index, and the epoch they are drawn in. */
export interface EpochBatch {
  readonly indices: Uint32Array;
  readonly epoch: number;
  readonly mix?: BatchMixing;
}

/** Images `from` on of a batch, so many of them. */
export function pieceOf({ indices, epoch, mix }: EpochBatch, from: number, size: number): EpochBatch {
  const part = (all: Uint32Array) => all.subarray(from, from + size);
  return {
    indices: part(indices),
    epoch,
    ...(mix === undefined ? {} : { mix: { ...mix, partners: part(mix.partners) } }),
  };
}

export class EpochBatches {
  readonly #order: Stream;
  readonly #augment: Stream;
  readonly #dropout: Stream | undefined;
  readonly #mix: Stream | undefined;
  readonly #weights: readonly number[] | undefined;
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
    this.#mix = params.streams.mix && new Stream(params.streams.mix);
    this.#weights = lossOptions(params.recipe.loss, train, params.model.classes)?.weights;
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
    const indices = this.#positions.subarray(from, from + this.length.batch);
    if (this.#mix === undefined) return { indices, epoch };
    const { recipe, model } = this.request.params;
    const mixing = drawMixing(recipe.mix ?? [], model.size, this.#mix, step);
    return { indices, epoch, mix: { partners: indices.toReversed(), mixing } };
  }

  /** How much images count in the mean of a batch: by their labels' weights, where labels are whole. */
  weightOf({ indices, mix }: EpochBatch): number {
    const weights = this.#weights;
    if (weights === undefined || mix !== undefined) return indices.length;
    const { labels } = this.#source.images;
    return indices.reduce((sum, index) => sum + (weights[labels[index] ?? 0] ?? 0), 0);
  }

  /** What a program is fed of these images. */
  feeds({ indices, epoch, mix }: EpochBatch): { readonly [name: string]: TensorData } {
    const augmented = { augmentations: this.#augmentations, stream: this.#augment, epoch };
    const batchOf = (of: Uint32Array) =>
      imageBatch(this.#source, of, of.length, this.#augmentations.length > 0 ? augmented : undefined);
    const images = this.#device?.feeds(this.#source, indices, augmented) ?? { x: batchOf(indices) };
    let y = labelBatch(this.#source, indices);
    if (mix !== undefined && "x" in images && images.x !== undefined) {
      mixBatch(images.x, indices, mix, batchOf);
      y = mixLabels(y, labelBatch(this.#source, mix.partners), this.#source.model.classes, mix.mixing);
    }
    return {
      ...images,
      y,
      ...(this.#dropout ? { [DRAWS]: drawKeys(this.#source, indices, this.#dropout, epoch) } : {}),
    };
  }
}

/** What augments in the program, where the engine's device is one to do it. */
export function deviceAugmentation(request: StageRequest): DeviceAugmentation | undefined {
  const { params, engine, train } = request;
  const steps = augmentationsOf(params.recipe.augment, params.model);
  // mixed images are made of two, which the host augments
  const worthwhile = steps.length > 0 && params.recipe.mix === undefined && augmentsOnDevice(engine.signature.device);
  return worthwhile ? new DeviceAugmentation(sourceOf(request, train), steps) : undefined;
}
