/** Erasing a box, by torchvision's definition. */

import { roundHalfEven } from "../../program/augment/round.js";
import { portableExp, portableLog } from "../random/elementary.js";
import { Stream } from "../random/stream.js";
import type { Box } from "./crop.js";
import { between, type Draw, type FloatImage } from "./image.js";

const ATTEMPTS = 10;

export interface EraseParams {
  readonly p: number;
  readonly scale: readonly [number, number];
  /** Height over width. */
  readonly ratio: readonly [number, number];
  /** One number, or one a channel. */
  readonly value: readonly number[] | "random";
}

/** A box, and what stands there: numbers, or those of a key. */
export interface Erasure {
  readonly box: Box;
  readonly value: readonly number[] | { readonly key: number };
}

/** RandomErasing's box of a `size` × `size` image; none with probability 1 − p, or where ten did not fit. */
export function drawErasure(size: number, { p, scale, ratio, value }: EraseParams, draw: Draw): Erasure | undefined {
  if (draw() >= p) return undefined;
  const [low, high] = [portableLog(ratio[0]), portableLog(ratio[1])];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = size * size * between(draw, scale[0], scale[1]);
    const aspect = portableExp(between(draw, low, high));
    const rows = roundHalfEven(Math.sqrt(area * aspect));
    const columns = roundHalfEven(Math.sqrt(area / aspect));
    if (rows < size && columns < size) {
      const top = Math.floor(draw() * (size - rows + 1));
      const left = Math.floor(draw() * (size - columns + 1));
      return { box: { top, left, rows, columns }, value: value === "random" ? { key: draw() * 2 ** 53 } : value };
    }
  }
  return undefined;
}

export function erase(image: FloatImage, erasure: Erasure): void {
  const { channels, size, data } = image;
  const { top, left, rows, columns } = erasure.box;
  const value = erasedTo(erasure, channels);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      const [from, to] = [(c * size + top + y) * size + left, (c * rows + y) * columns];
      for (let x = 0; x < columns; x++) data[from + x] = value(c, to + x);
    }
  }
}

/** By channel and place among all of the box's channels. */
function erasedTo({ box, value }: Erasure, channels: number): (channel: number, place: number) => number {
  if (!("key" in value)) return (channel) => value[channel % value.length] ?? 0;
  const stream = new Stream({ seed: value.key, purpose: "augment", repeat: 0, about: ["erase"] });
  const noise = stream.normals(channels * box.rows * box.columns);
  return (_, place) => noise[place] ?? 0;
}
