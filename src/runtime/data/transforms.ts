/** `D with grayscale()`: what is done to a prepared image, in place. */

import type { Choice } from "../../catalog/types.js";
import { LUMA } from "../../program/augment/color.js";

interface Place {
  /** [channels, size, size] bytes from `at` on. */
  readonly data: Uint8Array;
  readonly at: number;
  readonly channels: number;
  readonly size: number;
}

/** By catalogue id; a test holds the two lists equal. */
export const TRANSFORMS: { readonly [id: string]: (place: Place) => void } = { grayscale };

export function transformImage(place: Place, transforms: readonly Choice[]): void {
  for (const { id } of transforms) {
    const transform = TRANSFORMS[id];
    if (transform === undefined) throw new Error(`no transform ${id}`);
    transform(place);
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
