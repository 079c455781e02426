/** From an image as decoded to [channels, size, size] bytes. */

import { resizeToPlanes } from "./pillow.js";
import type { Pixels } from "./types.js";

/**
 * Resized to `size` × `size` whatever the aspect, as Pillow does it; RGB becomes grey by Pillow's weights (Rec. 601 luma
 * in 16 bits), grey becomes RGB by repetition.
 */
export function prepareImage(image: Pixels, size: number, channels: number, out: Uint8Array, at: number): void {
  const plane = size * size;
  if (image.channels === 1 && channels > 1) {
    resizeToPlanes(image, size, out, at);
    for (let c = 1; c < channels; c++) out.copyWithin(at + c * plane, at, at + plane);
    return;
  }
  resizeToPlanes(image.channels === 3 && channels === 1 ? grey(image) : image, size, out, at);
}

function grey({ height, width, data }: Pixels): Pixels {
  const out = new Uint8Array(height * width);
  for (let i = 0; i < out.length; i++) {
    const at = 3 * i;
    out[i] =
      ((data[at] as number) * 19_595 + (data[at + 1] as number) * 38_470 + (data[at + 2] as number) * 7471 + 0x8000) >>
      16;
  }
  return { channels: 1, height, width, data: out };
}
