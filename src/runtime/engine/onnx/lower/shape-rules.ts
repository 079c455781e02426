/**
 * Which of several equal graphs runs fastest, as measured on onnxruntime 1.30's cpu provider (AVX2; `bench/shapes.ts`).
 * Every choice depends on static extents and the processor alone, so a program always lowers to the same graph there.
 */

import type { Machine } from "./context.js";
import { type ConvGeometry, flipped, hasPadding, hasStride, isSquareKernel } from "./geometry.js";

/** `blocked`: on channels in blocks, which pays where reordering costs little beside the convolution. */
export type ConvolutionForm = "plain" | "blocked";

export function convolutionForm(geometry: ConvGeometry, { block }: Machine): ConvolutionForm {
  const { channels, filters, groups } = geometry;
  const whole = block > 0 && channels % block === 0 && filters % block === 0 && groups === 1;
  return whole && isSquareKernel(geometry, 3) && channels * filters <= 128 * 128 ? "blocked" : "plain";
}

/** `convolve`: with the turned filter. `scatter`: ConvTranspose. */
export type InputGradientForm = "convolve" | "scatter";

export function inputGradientForm(geometry: ConvGeometry, machine: Machine): InputGradientForm {
  if (!hasStride(geometry, 1)) return "scatter";
  const back = flipped(geometry);
  // a Conv cannot crop, which padding wider than the kernel would need
  if (back.padding.some((size) => size < 0)) return "scatter";
  if (convolutionForm(back, machine) === "blocked" || isSquareKernel(geometry, 1)) return "convolve";
  // on small maps turning the filter costs more than scattering
  const small = isSquareKernel(geometry, 3) ? 14 : 8;
  return geometry.outHeight <= small && geometry.channels >= 64 ? "scatter" : "convolve";
}

/**
 * How the products of a filter gradient are gathered:
 * - `pointwise`: a 1×1 kernel is a product of dy and x as they are;
 * - `shifted`: a square kernel, stride 1: rows of dy and columns of x shifted, all products as one;
 * - `folded`: 3×3, stride 2: the same after SpaceToDepth;
 * - `columns`: every window written out; any kernel, stride and grouping.
 * `major: "image"` sums one product per image, `"channel"` moves channels outside and makes a single product.
 */
export type FilterGradientForm =
  | { readonly form: "pointwise" | "shifted" | "columns"; readonly major: "image" | "channel" }
  | { readonly form: "folded" };

export function filterGradientForm(geometry: ConvGeometry, { device }: Machine): FilterGradientForm {
  const { batch, channels, height, width, outHeight, groups } = geometry;
  if (groups > 1) return { form: "columns", major: "image" };
  if (isSquareKernel(geometry, 1) && hasPadding(geometry, 0)) {
    return { form: "pointwise", major: outHeight <= 14 ? "channel" : "image" };
  }
  // with few channels there is little to write out, with many the products outweigh it
  if (hasStride(geometry, 1) && channels > 4 && channels < 256 && isWrittenLessShifted(geometry)) {
    return { form: "shifted", major: outHeight <= 8 || (outHeight <= 28 && batch <= 16) ? "channel" : "image" };
  }
  const halves = hasStride(geometry, 2) && height % 2 === 0 && width % 2 === 0;
  if (isSquareKernel(geometry, 3) && hasPadding(geometry, 1) && halves && channels > 4) {
    // webgpu has no SpaceToDepth
    if (outHeight >= 8 && channels <= 16 && device !== "webgpu") return { form: "folded" };
  }
  return { form: "columns", major: channels > 16 && outHeight <= 14 ? "channel" : "image" };
}

/** Maps written: the filters' and the channels' once a row or column of the kernel, or the channels' once a tap. */
function isWrittenLessShifted(geometry: ConvGeometry): boolean {
  const { channels, filters, kernel } = geometry;
  if (isSquareKernel(geometry, 3) && hasPadding(geometry, 1)) return true;
  return kernel[0] === kernel[1] && filters + channels < kernel[0] * channels;
}

/** From some map size on, the cpu's convolution kernels beat elementwise passes at per-channel products and affine maps. */
export function channelDotForm(pixels: number, { device }: Machine): "convolve" | "multiply" {
  return pixels >= 196 && device === "cpu" ? "convolve" : "multiply";
}
