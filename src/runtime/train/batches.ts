/** Batches of normalized images and labels, as the programs are fed. */

import { labelsAre } from "../../models/programs.js";
import type { ModelSpec } from "../../models/types.js";
import type { TensorData } from "../../program/types.js";
import type { ImageSet, Normalization } from "../data/images.js";
import type { ItemHash, Stream } from "../random/stream.js";
import { type AugmentStep, applyDrawn, type Drawn, drawSteps } from "./augment.js";
import { centreCrop } from "./crop.js";
import { TrainingError } from "./errors.js";
import type { FloatImage } from "./image.js";

export interface BatchSource {
  readonly images: ImageSet;
  readonly model: ModelSpec;
  readonly task: "multiclass" | "binary" | "multilabel";
  readonly normalization: Normalization;
}

export interface AugmentedBatch {
  readonly augmentations: readonly AugmentStep[];
  readonly stream: Stream;
  readonly epoch: number;
}

/** [count, C, S, S]; places beyond the indices are zeros. Bytes /255, augmented, centre-cropped, normalized. */
export function imageBatch(
  source: BatchSource,
  indices: ArrayLike<number>,
  count: number,
  augmented?: AugmentedBatch,
): TensorData {
  const { channels, size } = source.model;
  const data = new Float32Array(count * channels * size * size);
  for (let i = 0; i < indices.length; i++) {
    const image = floatImage(source, indices[i] as number);
    if (augmented !== undefined) {
      for (const drawn of drawnFor(source, indices[i] as number, augmented)) applyDrawn(image, drawn);
    }
    centreCrop(image, size);
    writeNormalized(image, source.normalization, data, i * channels * size * size);
  }
  return { shape: [count, channels, size, size], data };
}

/** Class indices [count], or zeros and ones [count, classes]. */
export function labelBatch(source: BatchSource, indices: ArrayLike<number>): TensorData {
  const { labels, labelWidth } = source.images;
  const { classes } = source.model;
  const count = indices.length;
  if (labelsAre(source.task, classes) === "indices") {
    return { shape: [count], data: Int32Array.from(indices, (index) => labels[index] ?? 0) };
  }
  const data = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    for (let label = 0; label < classes; label++) {
      data[i * classes + label] = labels[(indices[i] as number) * labelWidth + label] ?? 0;
    }
  }
  return { shape: [count, classes], data };
}

/** Keys of each image's draws in this epoch, i32 [count, 2]: of the image, not of its place in the batch. */
export function drawKeys(
  { images }: BatchSource,
  indices: ArrayLike<number>,
  stream: Stream,
  epoch: number,
): TensorData {
  const data = new Int32Array(2 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    data.set(stream.keyAbout(hashOf(images, indices[i] as number), epoch), 2 * i);
  }
  return { shape: [indices.length, 2], data };
}

function hashOf(images: ImageSet, index: number): ItemHash {
  const hash = images.hashes[index];
  if (hash === undefined) throw new RangeError(`image ${index} has no id`);
  return hash;
}

/** @throws TrainingError where the images do not fit the model */
export function checkImages({ images, model }: BatchSource): void {
  const { channels, size } = images.info;
  if (channels !== model.channels) {
    throw new TrainingError(`the images have ${channels} channels but the model takes ${model.channels}`);
  }
  if (size < model.size) throw new TrainingError(`the images are ${size} px but the model takes ${model.size} px`);
}

function floatImage(source: BatchSource, index: number): FloatImage {
  checkImages(source);
  const { images } = source;
  const { channels, size } = images.info;
  const { data, offset } = images.at(index);
  const length = channels * size * size;
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = (data[offset + i] as number) / 255;
  return { channels, size, data: out };
}

/** What the augmentations do to one image in this epoch. */
export function drawnFor({ images }: BatchSource, index: number, batch: AugmentedBatch): readonly Drawn[] {
  const hash = hashOf(images, index);
  let next = 0;
  const draw = () => batch.stream.uniformAbout(hash, batch.epoch, next++);
  return drawSteps(batch.augmentations, images.info.size, draw);
}

function writeNormalized(image: FloatImage, { scale, shift }: Normalization, out: Float32Array, at: number): void {
  const plane = image.size * image.size;
  for (let c = 0; c < image.channels; c++) {
    const [factor, offset] = [scale[c] as number, shift[c] as number];
    const start = c * plane;
    for (let i = 0; i < plane; i++) out[at + start + i] = (image.data[start + i] as number) * factor + offset;
  }
}
