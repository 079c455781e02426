/** Gaussian blur, by torchvision's definition: a separable kernel, edges mirrored. */

import { portableExp } from "../random/elementary.js";
import { between, type Draw, type FloatImage } from "./image.js";

export interface BlurParams {
  /** Pixels to each side of the middle one. */
  readonly radius: number;
  /** Pixels. */
  readonly sigma: readonly [number, number];
  readonly p: number;
}

/** Of narrower kernels all but the middle weight are 0 in float32. */
const SHARPEST = 1e4;

/** Minus the exponent of the kernel's weight a pixel from its middle: 1/(2σ²), at most SHARPEST. */
export function drawSharpness({ sigma, p }: BlurParams, draw: Draw): number {
  return draw() < p ? sharpnessOf(between(draw, ...sigma)) : SHARPEST;
}

export function sharpnessOf(sigma: number): number {
  return Math.min(SHARPEST, 1 / (2 * sigma * sigma));
}

/** @param radius less than the image's size */
export function blur(image: FloatImage, radius: number, sharpness: number): void {
  if (sharpness === SHARPEST) return;
  const { channels, size, data } = image;
  const kernel = kernelOf(radius, sharpness);
  const mirrored = Int32Array.from({ length: size + 2 * radius }, (_, i) => mirror(i - radius, size));
  const across = new Float32Array(data.length);
  const out = new Float32Array(channels * size * size);
  const padded = new Float64Array(mirrored.length);
  for (let row = 0; row < channels * size; row++) {
    for (let i = 0; i < padded.length; i++) padded[i] = data[row * size + (mirrored[i] as number)] as number;
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] as number) * (padded[x + k] as number);
      across[row * size + x] = sum;
    }
  }
  const rows = new Int32Array(kernel.length);
  for (let row = 0; row < channels * size; row++) {
    const [plane, y] = [row - (row % size), row % size];
    for (let k = 0; k < rows.length; k++) rows[k] = (plane + (mirrored[y + k] as number)) * size;
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let k = 0; k < rows.length; k++) sum += (kernel[k] as number) * (across[(rows[k] as number) + x] as number);
      out[row * size + x] = sum;
    }
  }
  image.data = out;
}

function kernelOf(radius: number, sharpness: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => {
    const exponent = (i - radius) ** 2 * sharpness;
    return exponent > 700 ? 0 : portableExp(-exponent);
  });
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

function mirror(i: number, size: number): number {
  if (i < 0) return -i;
  return i < size ? i : 2 * (size - 1) - i;
}
