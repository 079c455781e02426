/** Crops and flips, by torchvision's definitions on tensors. */

import { roundHalfEven } from "../../program/augment/round.js";
import { resizeWindow } from "../data/resize.js";
import { portableExp, portableLog } from "../random/elementary.js";
import { between, type Draw, type FloatImage } from "./image.js";

export interface CropParams {
  readonly size: number;
  /** Area of the window over the image's. */
  readonly scale: readonly [number, number];
  /** Width over height. */
  readonly ratio: readonly [number, number];
}

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

const ATTEMPTS = 10;

/** A window of the image resized to `target` × `target` (bilinear, antialiased), as RandomResizedCrop takes it. */
export function resizedCrop(image: FloatImage, box: Box, target: number): void {
  const { channels, size, data } = image;
  const out = new Float32Array(channels * target ** 2);
  resizeWindow({ data, offset: 0, channels, height: size, width: size, ...box }, target, out, 0);
  image.data = out;
  image.size = target;
}

/** RandomResizedCrop's window of a `size` × `size` image. One that does not fit is drawn again; after ten, the largest centred one of an allowed aspect. */
export function drawBox(size: number, { scale, ratio }: CropParams, draw: Draw): Box {
  const [low, high] = [portableLog(ratio[0]), portableLog(ratio[1])];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = size * size * between(draw, scale[0], scale[1]);
    const aspect = portableExp(between(draw, low, high));
    const columns = roundHalfEven(Math.sqrt(area * aspect));
    const rows = roundHalfEven(Math.sqrt(area / aspect));
    if (columns > 0 && columns <= size && rows > 0 && rows <= size) {
      const top = Math.floor(draw() * (size - rows + 1));
      const left = Math.floor(draw() * (size - columns + 1));
      return { top, left, rows, columns };
    }
  }
  const columns = 1 > ratio[1] ? roundHalfEven(size * ratio[1]) : size;
  const rows = 1 < ratio[0] ? roundHalfEven(size / ratio[0]) : size;
  return { top: Math.floor((size - rows) / 2), left: Math.floor((size - columns) / 2), rows, columns };
}

export function centreCrop(image: FloatImage, size: number): void {
  if (image.size === size) return;
  const start = roundHalfEven((image.size - size) / 2);
  const out = new Float32Array(image.channels * size * size);
  for (let c = 0; c < image.channels; c++) {
    for (let y = 0; y < size; y++) {
      const from = (c * image.size + start + y) * image.size + start;
      out.set(image.data.subarray(from, from + size), (c * size + y) * size);
    }
  }
  image.data = out;
  image.size = size;
}

/** Left to right (`across`), top to bottom (`down`). */
export function flip(image: FloatImage, { across, down }: { readonly across: boolean; readonly down: boolean }): void {
  const { channels, size, data } = image;
  if (across) for (let row = 0; row < channels * size; row++) data.subarray(row * size, (row + 1) * size).reverse();
  if (down) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < size >> 1; y++) {
        const upper = (c * size + y) * size;
        const lower = (c * size + size - 1 - y) * size;
        const kept = data.slice(upper, upper + size);
        data.copyWithin(upper, lower, lower + size);
        data.set(kept, lower);
      }
    }
  }
}
