/** Holds numbers against expected ones. */

import { expect } from "vitest";
import type { Shape } from "../../src/program/types.js";

export interface Numbers {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/**
 * Equal shapes, and no element farther off than `tolerance` times the largest expected magnitude (1 at least, so that
 * tensors of tiny numbers are held absolutely).
 */
export function expectClose(actual: Numbers | undefined, expected: Numbers, tolerance: number, what = "tensor"): void {
  expect(actual, `${what} is missing`).toBeDefined();
  if (actual === undefined) return;
  expect(actual.shape, `shape of ${what}`).toEqual(expected.shape);
  let scale = 1;
  for (let i = 0; i < expected.data.length; i++) scale = Math.max(scale, Math.abs(expected.data[i] ?? 0));
  let [worst, at] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const off = Math.abs((actual.data[i] ?? Number.NaN) - (expected.data[i] ?? 0));
    if (!(off <= worst)) [worst, at] = [off, i];
  }
  expect(worst, `${what}[${at}]: ${actual.data[at]} for ${expected.data[at]}`).toBeLessThanOrEqual(tolerance * scale);
}
