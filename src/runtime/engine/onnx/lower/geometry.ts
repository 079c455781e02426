import type { ConvAttributes, Padding, Shape } from "../../../../program/types.js";
import { at } from "./context.js";

/** The extents of one convolution, whichever of its three tensors is being computed. */
export interface ConvGeometry {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly filters: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly groups: number;
}

/** x: N×C×H×W, filter: O×(C/groups)×KH×KW, y: N×O×OH×OW. */
export function convGeometry(x: Shape, filter: Shape, y: Shape, attributes: ConvAttributes): ConvGeometry {
  return {
    batch: at(x, 0),
    channels: at(x, 1),
    height: at(x, 2),
    width: at(x, 3),
    filters: at(filter, 0),
    outHeight: at(y, 2),
    outWidth: at(y, 3),
    kernel: [at(filter, 2), at(filter, 3)],
    stride: attributes.stride,
    padding: attributes.padding,
    groups: attributes.groups,
  };
}

export const isSquareKernel = (g: ConvGeometry, size: number): boolean => g.kernel.every((extent) => extent === size);
export const hasStride = (g: ConvGeometry, step: number): boolean => g.stride.every((extent) => extent === step);
export const hasPadding = (g: ConvGeometry, size: number): boolean => g.padding.every((extent) => extent === size);

/** At stride 1: of the convolution from dy back to x. Negative paddings crop. */
export function flipped(g: ConvGeometry): ConvGeometry {
  const [height, width] = g.kernel;
  const [top, left, bottom, right] = g.padding;
  return {
    ...g,
    channels: g.filters,
    filters: g.channels,
    height: g.outHeight,
    width: g.outWidth,
    outHeight: g.height,
    outWidth: g.width,
    padding: [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right],
  };
}
