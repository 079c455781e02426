/** Mixup and cutmix in timm's batch mode: what is drawn for a batch, and what it does to images and labels. */

import { incompleteBeta } from "../../analysis/statistics/beta.js";
import type { Choice } from "../../catalog/types.js";
import type { TensorData } from "../../program/types.js";
import type { Stream } from "../random/stream.js";

export type Mixing =
  /** Share of the first image. */
  | { readonly kind: "mixup"; readonly share: number }
  /** Rows and columns [from, to) of the second image. */
  | {
      readonly kind: "cutmix";
      readonly rows: readonly [number, number];
      readonly columns: readonly [number, number];
      readonly share: number;
    };

/** Draws are about the step alone: which of the mixes, the share, the box's centre. @param step from 1 */
export function drawMixing(mixes: readonly Choice[], size: number, stream: Stream, step: number): Mixing {
  const draw = (index: number) => stream.uniformAbout({ low: step, high: 0 }, 0, index);
  const chosen = mixes[Math.min(mixes.length - 1, Math.floor(draw(0) * mixes.length))];
  const share = betaQuantile(draw(1), Number(chosen?.params.alpha ?? 1));
  if (chosen?.id !== "cutmix") return { kind: "mixup", share };
  return cutBox(share, size, Math.floor(draw(2) * size), Math.floor(draw(3) * size));
}

/** timm's rand_bbox: a box of 1 − share of the area around a centre, cut at the edges, and the share that is then left. */
export function cutBox(share: number, size: number, row: number, column: number): Mixing {
  const side = Math.floor(size * Math.sqrt(1 - share));
  const span = (centre: number): readonly [number, number] => {
    return [Math.max(0, centre - Math.floor(side / 2)), Math.min(size, centre + Math.floor((side + 1) / 2))];
  };
  const [rows, columns] = [span(row), span(column)];
  const area = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  return { kind: "cutmix", rows, columns, share: 1 - area / (size * size) };
}

const HALVINGS = 60;

/** Where Beta(alpha, alpha) has this much below it. */
export function betaQuantile(below: number, alpha: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, alpha, alpha) < below) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** What images of a batch are mixed with, one for one, and how. */
export interface BatchMixing {
  readonly partners: Uint32Array;
  readonly mixing: Mixing;
}

/**
 * Mixes `images`, those of `indices`, with their partners'. Where all of these are of the batch too, as they are of a whole
 * one, they are not made again.
 */
export function mixBatch(
  images: TensorData,
  indices: Uint32Array,
  { partners, mixing }: BatchMixing,
  make: (of: Uint32Array) => TensorData,
): void {
  const places = new Map(Array.from(indices, (index, place) => [index, place]));
  const isWhole = partners.every((partner) => places.has(partner));
  const second = isWhole
    ? rowsOf(
        images,
        Array.from(partners, (partner) => places.get(partner) ?? 0),
      )
    : make(partners);
  mixImages(images, second, mixing);
}

function rowsOf({ shape, data }: TensorData, rows: readonly number[]): TensorData {
  const length = data.length / (shape[0] ?? 1);
  const out = new Float32Array(rows.length * length);
  for (const [at, row] of rows.entries()) out.set(data.subarray(row * length, (row + 1) * length), at * length);
  return { shape: [rows.length, ...shape.slice(1)], data: out };
}

/** [N, C, S, S]; into the first. */
export function mixImages(first: TensorData, second: TensorData, mixing: Mixing): void {
  const [own, other] = [first.data, second.data];
  if (mixing.kind === "mixup") {
    const { share } = mixing;
    for (let i = 0; i < own.length; i++) own[i] = (own[i] as number) * share + (other[i] as number) * (1 - share);
    return;
  }
  const size = first.shape[3] ?? 1;
  const { rows, columns } = mixing;
  for (let plane = 0; plane < own.length; plane += size * size) {
    for (let row = rows[0]; row < rows[1]; row++) {
      const at = plane + row * size;
      own.set(other.subarray(at + columns[0], at + columns[1]), at + columns[0]);
    }
  }
}

/** Class indices [N] or indicators [N, classes], as shares [N, classes]; what is not known (−1) of either stays so. */
export function mixLabels(first: TensorData, second: TensorData, classes: number, { share }: Mixing): TensorData {
  const [own, other] = [sharesOf(first, classes), sharesOf(second, classes)];
  const data = own.map((value, i) => {
    const theirs = other[i] as number;
    return value < 0 || theirs < 0 ? -1 : value * share + theirs * (1 - share);
  });
  return { shape: [data.length / classes, classes], data };
}

function sharesOf({ data, shape }: TensorData, classes: number): Float32Array {
  if (shape.length === 2) return Float32Array.from(data);
  const out = new Float32Array(data.length * classes);
  for (const [i, label] of data.entries()) out[i * classes + label] = 1;
  return out;
}
