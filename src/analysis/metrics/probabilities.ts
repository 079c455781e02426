import { isMatrix, type Labels, type Matrix } from "./types.js";

/** @throws RangeError naming the first number outside [0, 1] */
export function checkProbabilities(probabilities: Labels | Matrix): void {
  const data = isMatrix(probabilities) ? probabilities.data : probabilities;
  for (let i = 0; i < data.length; i++) {
    const p = data[i] as number;
    if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} at ${i} is no probability`);
  }
}
