/** From an image as decoded to [channels, size, size] bytes. */

import { resizeWindow } from "./resize.js";
import type { Pixels } from "./types.js";

/** Rec. 601 luma, as Pillow's and torchvision's grey conversion weigh colours. */
export const LUMA: readonly [number, number, number] = [0.299, 0.587, 0.114];

/**
 * Resized to `size` × `size` whatever the aspect, then rounded to bytes; RGB becomes grey by luma, grey becomes RGB by
 * repetition.
 */
export function prepareImage(image: Pixels, size: number, channels: number, out: Uint8Array, at: number): void {
  const { data } = withChannels(image, channels);
  const { height, width } = image;
  const plane = size * size;
  if (height === size && width === size) {
    out.set(data.subarray(0, channels * plane), at);
    return;
  }
  const resized = new Float64Array(channels * plane);
  const whole = { top: 0, left: 0, rows: height, columns: width };
  resizeWindow({ data, offset: 0, channels, height, width, ...whole }, size, resized, 0);
  for (let i = 0; i < resized.length; i++) out[at + i] = Math.round(resized[i] as number);
}

function withChannels(image: Pixels, channels: number): Pixels {
  if (image.channels === channels) return image;
  const plane = image.height * image.width;
  const data = new Uint8Array(channels * plane);
  if (image.channels === 3 && channels === 1) {
    const [r, g, b] = LUMA;
    for (let i = 0; i < plane; i++) {
      const red = image.data[i] as number;
      const green = image.data[plane + i] as number;
      const blue = image.data[2 * plane + i] as number;
      data[i] = Math.round(r * red + g * green + b * blue);
    }
  } else {
    for (let c = 0; c < channels; c++) {
      const from = (c % image.channels) * plane;
      data.set(image.data.subarray(from, from + plane), c * plane);
    }
  }
  return { ...image, channels, data };
}
