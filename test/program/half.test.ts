/** Rounding to 16-bit floats, against a decoder of all their bit patterns. */

import { describe, expect, it } from "vitest";
import { roundToHalf } from "../../src/program/half.js";
import type { HalfType } from "../../src/program/types.js";
import fc from "../support/properties.js";

const WIDTHS = { bf16: { fraction: 7, bias: 127 }, f16: { fraction: 10, bias: 15 } } as const;

/** The number a 16-bit pattern (without sign) stands for, finite patterns only. */
function decode(bits: number, type: HalfType): number {
  const { fraction, bias } = WIDTHS[type];
  const exponent = bits >>> fraction;
  const rest = bits & ((1 << fraction) - 1);
  return exponent === 0 ? rest * 2 ** (1 - bias - fraction) : (1 + rest * 2 ** -fraction) * 2 ** (exponent - bias);
}
/** All finite magnitudes of a type, ascending; the index is the bit pattern. */
function magnitudes(type: HalfType): Float64Array {
  const { fraction, bias } = WIDTHS[type];
  return Float64Array.from({ length: (2 * bias + 1) << fraction }, (_, bits) => decode(bits, type));
}

describe.each(["bf16", "f16"] as const)("rounding to %s", (type) => {
  const all = magnitudes(type);
  const largest = all.at(-1) ?? 0;
  const at = (bits: number): number => all[bits] ?? Number.POSITIVE_INFINITY;

  it("keeps every number of the type, and its sign", () => {
    for (const x of all) {
      expect(roundToHalf(x, type)).toBe(x);
      expect(roundToHalf(-x, type)).toBe(-x);
    }
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
      expect(Object.is(roundToHalf(x, type), x)).toBe(true);
    }
  });

  it("takes the even one halfway between two, and the nearer one beside", () => {
    for (let bits = 0; bits < all.length - 1; bits++) {
      const [low, high] = [at(bits), at(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? low : high;
      const aside = (high - low) * 2 ** -20;
      expect(roundToHalf(middle, type)).toBe(even);
      expect(roundToHalf(middle - aside, type)).toBe(low);
      expect(roundToHalf(middle + aside, type)).toBe(high);
      expect(roundToHalf(-middle, type)).toBe(-even);
    }
  });

  it("is infinite from half a step beyond the largest", () => {
    const step = largest - at(all.length - 2);
    expect(roundToHalf(largest + step * 0.4999, type)).toBe(largest);
    expect(roundToHalf(largest + step / 2, type)).toBe(Number.POSITIVE_INFINITY);
    expect(roundToHalf(-largest - step, type)).toBe(Number.NEGATIVE_INFINITY);
    expect(roundToHalf(1e300, type)).toBe(Number.POSITIVE_INFINITY);
  });

  it("never goes past a number of the type, and never turns order around", () => {
    const reals = fc.double({ noNaN: true, noDefaultInfinity: true, min: -2 * largest, max: 2 * largest });
    fc.assert(
      fc.property(reals, reals, (x, y) => {
        const [a, b] = [roundToHalf(x, type), roundToHalf(y, type)];
        expect(roundToHalf(a, type)).toBe(a);
        if (x <= y) expect(a).toBeLessThanOrEqual(b);
        expect(roundToHalf(-x, type)).toBe(-a);
      }),
    );
  });
});
