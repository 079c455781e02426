/** Rounding to 16-bit floats, as the interpreter does it and as every engine must. */

import type { DType, HalfType } from "./types.js";

interface Format {
  /** Bits of the significand behind the point. */
  readonly fraction: number;
  /** Exponent of the smallest normal number. */
  readonly least: number;
  readonly largest: number;
}

const FORMATS: { readonly [T in HalfType]: Format } = {
  bf16: { fraction: 7, least: -126, largest: (2 - 2 ** -7) * 2 ** 127 },
  f16: { fraction: 10, least: -14, largest: 65504 },
};

export const isHalf = (dtype: DType): dtype is HalfType => dtype === "bf16" || dtype === "f16";

const floats = new Float64Array(1);
const words = new Uint32Array(floats.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
/** Adding and taking away 1.5·2⁵² rounds a smaller number to a whole one, ties to even. */
const WHOLE = 1.5 * 2 ** 52;

/** The nearest number of the type, of two equally near ones the even one; ±∞ beyond the largest. */
export function roundToHalf(x: number, type: HalfType): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const { fraction, least, largest } = FORMATS[type];
  floats[0] = x;
  const exponent = (((words[HIGH] ?? 0) >>> 20) & 0x7ff) - 1023;
  const unit = 2 ** (Math.max(exponent, least) - fraction);
  const rounded = (x / unit + WHOLE - WHOLE) * unit;
  if (Math.abs(rounded) > largest) return x < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return rounded === 0 && x < 0 ? -0 : rounded;
}
