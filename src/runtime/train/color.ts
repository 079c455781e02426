/** Colour changes, by torchvision's definitions on float tensors: results are clamped to [0, 1]. */

import { LUMA } from "../../program/augment/color.js";
import { between, type Draw, type FloatImage } from "./image.js";

export interface JitterParams {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
  readonly p: number;
}

/** By name, what it is changed by: a factor, and for hue a share of a full turn. */
export interface ColorChange {
  readonly kind: "brightness" | "contrast" | "saturation" | "hue";
  readonly by: number;
}

/** None with probability 1 − p; else those of a strength above 0, in random order. */
export function drawChanges(params: JitterParams, draw: Draw): readonly ColorChange[] {
  if (draw() >= params.p) return [];
  const factor = (strength: number) => between(draw, Math.max(0, 1 - strength), 1 + strength);
  const changes: readonly ColorChange[] = [
    { kind: "brightness", by: factor(params.brightness) },
    { kind: "contrast", by: factor(params.contrast) },
    { kind: "saturation", by: factor(params.saturation) },
    { kind: "hue", by: between(draw, -params.hue, params.hue) },
  ];
  return drawnOrder(changes.length, draw).flatMap((position) => {
    const change = changes[position];
    return change !== undefined && params[change.kind] > 0 ? [change] : [];
  });
}

export function changeColor(image: FloatImage, { kind, by }: ColorChange): void {
  switch (kind) {
    case "brightness":
      adjustBrightness(image, by);
      return;
    case "contrast":
      adjustContrast(image, by);
      return;
    case "saturation":
      adjustSaturation(image, by);
      return;
    case "hue":
      adjustHue(image, by);
      return;
    default:
      kind satisfies never;
  }
}

/** All three channels the luma; images of other channel counts stay as they are. */
export function grayscale(image: FloatImage): void {
  if (image.channels !== 3) return;
  const plane = image.size ** 2;
  const gray = luma(image);
  for (let c = 0; c < 3; c++) image.data.set(gray, c * plane);
}

function drawnOrder(count: number, draw: Draw): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j] ?? j, order[i] ?? i];
  }
  return order;
}

function luma(image: FloatImage): Float32Array {
  const plane = image.size ** 2;
  if (image.channels !== 3) return image.data.slice(0, plane);
  const [r, g, b] = LUMA;
  return Float32Array.from({ length: plane }, (_, i) => {
    return r * (image.data[i] ?? 0) + g * (image.data[plane + i] ?? 0) + b * (image.data[2 * plane + i] ?? 0);
  });
}

/** factor·image + (1 − factor)·other */
function blend(image: FloatImage, other: (pixel: number) => number, factor: number): void {
  const plane = image.size ** 2;
  for (let i = 0; i < image.channels * plane; i++) {
    image.data[i] = clamp(factor * (image.data[i] ?? 0) + (1 - factor) * other(i % plane));
  }
}

export function adjustBrightness(image: FloatImage, factor: number): void {
  blend(image, () => 0, factor);
}

export function adjustContrast(image: FloatImage, factor: number): void {
  const gray = luma(image);
  const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
  blend(image, () => mean, factor);
}

export function adjustSaturation(image: FloatImage, factor: number): void {
  if (image.channels !== 3) return;
  const gray = luma(image);
  blend(image, (pixel) => gray[pixel] ?? 0, factor);
}

/** A turn of the colour circle by `shift` of a full one, in HSV. */
export function adjustHue(image: FloatImage, shift: number): void {
  if (image.channels !== 3) return;
  const { data } = image;
  const plane = image.size ** 2;
  for (let i = 0; i < plane; i++) {
    const [r, g, b] = [data[i] ?? 0, data[plane + i] ?? 0, data[2 * plane + i] ?? 0];
    const value = Math.max(r, g, b);
    const span = value - Math.min(r, g, b);
    if (span === 0) continue;
    const hue = (hueOf(r, g, b, value, span) / 6 + shift + 2) % 1;
    const saturation = span / value;
    for (const [c, offset] of [5, 3, 1].entries()) {
      const k = (offset + hue * 6) % 6;
      data[c * plane + i] = clamp(value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1)));
    }
  }
}

/** In sixths of a turn. */
function hueOf(r: number, g: number, b: number, value: number, span: number): number {
  if (value === r) return (g - b) / span;
  return value === g ? 2 + (b - r) / span : 4 + (r - g) / span;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
