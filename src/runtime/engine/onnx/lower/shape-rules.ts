/**
 * Which of several equal graphs runs fastest, as measured with `bench/shapes.ts` on onnxruntime 1.30's cpu provider.
 * Every choice depends on static extents alone, so a program always lowers to the same graph.
 */

import { type ConvGeometry, hasPadding, hasStride, isSquareKernel } from "./geometry.js";

/** `convolve`: with the turned filter. `scatter`: ConvTranspose. */
export type InputGradientForm = "convolve" | "scatter";

export function inputGradientForm(geometry: ConvGeometry): InputGradientForm {
  const { kernel, padding, outHeight, channels } = geometry;
  if (!hasStride(geometry, 1)) return "scatter";
  // a Conv cannot crop, which padding wider than the kernel would need
  const reach = [kernel[0] - 1, kernel[1] - 1, kernel[0] - 1, kernel[1] - 1];
  if (padding.some((size, side) => size > (reach[side] ?? 0))) return "scatter";
  return isSquareKernel(geometry, 3) && outHeight <= 14 && channels >= 64 ? "scatter" : "convolve";
}

/**
 * How the products of a filter gradient are gathered:
 * - `pointwise`: a 1×1 kernel is a product of dy and x as they are;
 * - `shifted`: 3×3, stride 1: rows of dy and columns of x shifted, nine products as one;
 * - `folded`: 3×3, stride 2: the same after SpaceToDepth;
 * - `columns`: every window written out; any kernel, stride and grouping.
 * `major: "image"` sums one product per image, `"channel"` moves channels outside and makes a single product.
 */
export type FilterGradientForm =
  | { readonly form: "pointwise" | "shifted" | "columns"; readonly major: "image" | "channel" }
  | { readonly form: "folded" };

export function filterGradientForm(geometry: ConvGeometry): FilterGradientForm {
  const { batch, channels, height, width, outHeight, groups } = geometry;
  if (groups > 1) return { form: "columns", major: "image" };
  if (isSquareKernel(geometry, 1) && hasPadding(geometry, 0)) {
    return { form: "pointwise", major: outHeight <= 14 ? "channel" : "image" };
  }
  if (isSquareKernel(geometry, 3) && hasPadding(geometry, 1)) {
    if (hasStride(geometry, 1)) {
      return { form: "shifted", major: outHeight <= 8 || (outHeight <= 28 && batch <= 16) ? "channel" : "image" };
    }
    if (hasStride(geometry, 2) && height % 2 === 0 && width % 2 === 0 && outHeight >= 8 && channels <= 64) {
      return { form: "folded" };
    }
  }
  return { form: "columns", major: "image" };
}

/** From some map size on, convolution kernels beat elementwise passes at per-channel products and affine maps. */
export function channelDotForm(pixels: number): "convolve" | "multiply" {
  return pixels >= 196 ? "convolve" : "multiply";
}
