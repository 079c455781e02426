/** `D with grayscale()`: what is done to a prepared image, in place. */

import type { TransformParams } from "../../compiler/plan/types.js";
import { LUMA } from "../../program/augment/color.js";
import { hashItem, Stream } from "../random/stream.js";

interface Place {
  /** [channels, size, size] bytes from `at` on. */
  readonly data: Uint8Array;
  readonly at: number;
  readonly channels: number;
  readonly size: number;
  /** Of the image: what draws are about. */
  readonly id: string;
}

/** By catalogue id; a test holds the two lists equal. */
export const TRANSFORMS: { readonly [id: string]: (place: Place, transform: TransformParams) => void } = {
  grayscale,
  shuffle_blocks: shuffleBlocks,
};

export function transformImage(place: Place, transforms: readonly TransformParams[]): void {
  for (const each of transforms) {
    const transform = TRANSFORMS[each.id];
    if (transform === undefined) throw new Error(`no transform ${each.id}`);
    transform(place, each);
  }
}

function grayscale({ data, at, channels, size }: Place): void {
  if (channels < 3) return;
  const plane = size * size;
  const [r, g, b] = LUMA;
  for (let i = at; i < at + plane; i++) {
    const luma = r * (data[i] as number) + g * (data[i + plane] as number) + b * (data[i + 2 * plane] as number);
    const grey = Math.round(luma);
    data[i] = grey;
    data[i + plane] = grey;
    data[i + 2 * plane] = grey;
  }
}

/** Block `i` of the result, row by row from the top left, is block `order[i]` of the image, in all channels alike. */
function shuffleBlocks({ data, at, channels, size, id }: Place, { params, stream }: TransformParams): void {
  const grid = Number(params.grid);
  const block = Math.floor(size / grid);
  if (stream === undefined || block < 1) throw new Error(`a grid of ${grid} on ${size} px`);
  const order = blockOrder(grid * grid, drawsOf(new Stream(stream), params.order === "fixed" ? undefined : id));
  const plane = size * size;
  const before = data.slice(at, at + channels * plane);
  for (const [to, from] of order.entries()) {
    const source = cornerOf(from, grid, block, size);
    const target = cornerOf(to, grid, block, size);
    for (let c = 0; c < channels; c++) {
      for (let row = 0; row < block; row++) {
        const start = c * plane + source + row * size;
        data.set(before.subarray(start, start + block), at + c * plane + target + row * size);
      }
    }
  }
}

function cornerOf(index: number, grid: number, block: number, size: number): number {
  return Math.floor(index / grid) * block * size + (index % grid) * block;
}

/** Uniform draws of one image, or of none in particular. */
function drawsOf(stream: Stream, id: string | undefined): (index: number) => number {
  if (id === undefined) return (index) => stream.uniform(index);
  const item = hashItem(id);
  return (index) => stream.uniformAbout(item, 0, index);
}

/** Fisher and Yates, from the end. */
function blockOrder(count: number, draw: (index: number) => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draw(count - 1 - i) * (i + 1));
    const [a, b] = [order[i] as number, order[j] as number];
    order[i] = b;
    order[j] = a;
  }
  return order;
}
