/**
 * Positions for another image or window size, as timm resamples them: absolute ones by its `resample_abs_pos_embed`
 * (bicubic with antialiasing, PyTorch's `interpolate`), relative ones by its `resize_rel_pos_bias_table` (linear between
 * points that lie the farther apart the farther out they are).
 */

import type { PositionAdaptation, WindowAdaptation } from "../../compiler/plan/types.js";
import type { TensorData } from "../../program/types.js";

/** What an output point is made of: inputs `from`, `from + 1`, … by these weights. */
interface Taps {
  readonly from: number;
  readonly weights: readonly number[];
}

/** [1, tokens + from², D] → [1, tokens + to², D]; the class token and its like stay. */
export function resamplePositions(
  { shape, data }: TensorData,
  { tokens, from, to }: PositionAdaptation["positions"],
): TensorData {
  const width = shape[2] ?? 0;
  const kept = tokens * width;
  const out = new Float32Array(kept + to * to * width);
  out.set(data.subarray(0, kept));
  out.set(resampleGrid(data.subarray(kept), width, from, bicubicTaps(from, to)), kept);
  return { shape: [1, tokens + to * to, width], data: out };
}

/** [(2·from − 1)², heads] → [(2·to − 1)², heads] */
export function resampleWindow({ shape, data }: TensorData, { from, to }: WindowAdaptation["window"]): TensorData {
  const heads = shape[1] ?? 0;
  const [before, after] = [2 * from - 1, 2 * to - 1];
  return { shape: [after * after, heads], data: resampleGrid(data, heads, before, spreadTaps(before, after)) };
}

/** A square grid of vectors, rows then columns, by the same taps along both. */
function resampleGrid(
  data: Float32Array | Int32Array,
  width: number,
  side: number,
  taps: readonly Taps[],
): Float32Array {
  const to = taps.length;
  const half = new Float64Array(side * to * width);
  for (let row = 0; row < side; row++) {
    taps.forEach((tap, column) => {
      blend(
        data,
        (row * side + tap.from) * width,
        width,
        tap.weights,
        half.subarray((row * to + column) * width),
        width,
      );
    });
  }
  const out = new Float64Array(to * to * width);
  for (let column = 0; column < to; column++) {
    taps.forEach((tap, row) => {
      const start = (tap.from * to + column) * width;
      blend(half, start, to * width, tap.weights, out.subarray((row * to + column) * width), width);
    });
  }
  return Float32Array.from(out);
}

type Numbers = Float32Array | Float64Array | Int32Array;

/** into[i] = Σ weights[k] · data[start + k·step + i] */
function blend(
  data: Numbers,
  start: number,
  step: number,
  weights: readonly number[],
  into: Float64Array,
  width: number,
): void {
  weights.forEach((weight, k) => {
    const from = start + k * step;
    for (let i = 0; i < width; i++) into[i] = (into[i] ?? 0) + weight * (data[from + i] ?? 0);
  });
}

/** PyTorch's `interpolate(mode="bicubic", antialias=True, align_corners=False)` along one axis. */
function bicubicTaps(size: number, to: number): readonly Taps[] {
  const scale = size / to;
  const stretch = Math.max(1, scale);
  const support = 2 * stretch;
  return Array.from({ length: to }, (_, i) => {
    const center = scale * (i + 0.5);
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(size, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: end - from }, (_, j) => cubic((from + j - center + 0.5) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { from, weights: raw.map((weight) => weight / total) };
  });
}

/** Keys' cubic with a = −0.5, which PyTorch uses where it antialiases. */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/**
 * Linear taps between points at 0, ±1, ±(1 + q), ±(1 + q + q²), …, with q such that they span the new size: near
 * positions, which matter most, are kept finest.
 */
function spreadTaps(size: number, to: number): readonly Taps[] {
  const points = spreadPoints(size, to);
  return Array.from({ length: to }, (_, i) => {
    const x = i - Math.floor(to / 2);
    const found = points.findIndex((point) => point >= x);
    const right = found < 0 ? points.length - 1 : found;
    const left = Math.max(0, right - 1);
    const toLeft = Math.max(0, x - (points[left] ?? 0));
    const toRight = Math.max(0, (points[right] ?? 0) - x);
    if (right === left || toLeft + toRight === 0) return { from: right, weights: [1] };
    return { from: left, weights: [toRight / (toLeft + toRight), toLeft / (toLeft + toRight)] };
  });
}

function spreadPoints(size: number, to: number): readonly number[] {
  const steps = Math.floor(size / 2);
  const reach = Math.floor(to / 2);
  let [low, high, ratio] = [1.01, 1.5, 1.01];
  while (high - low > 1e-6) {
    ratio = (low + high) / 2;
    if ((1 - ratio ** steps) / (1 - ratio) > reach) high = ratio;
    else low = ratio;
  }
  const outward: number[] = [];
  let point = 1;
  for (let i = 0; i < steps; i++) {
    outward.push(Math.fround(point));
    point += ratio ** (i + 1);
  }
  return [...outward.map((each) => -each).reverse(), 0, ...outward];
}
