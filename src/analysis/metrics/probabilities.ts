import { isMatrix, type Labels, type Matrix } from "./types.js";

/** Votes divided by their sum may come out above 1. */
const ROUNDING = 1e-9;

/** @throws RangeError naming the first number outside [0, 1], rounding apart */
export function checkProbabilities(probabilities: Labels | Matrix): void {
  const data = isMatrix(probabilities) ? probabilities.data : probabilities;
  for (let i = 0; i < data.length; i++) {
    const p = data[i] as number;
    if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) throw new RangeError(`${p} at ${i} is no probability`);
  }
}
