/** Student's t. */

import { incompleteBeta } from "./beta.js";

/** P(T > t) for t ≥ 0 and `df` degrees of freedom. */
export function upperTail(t: number, df: number): number {
  // Close to 1, df / (df + t²) has lost t.
  if (t * t < 1e-3 * df) {
    return 0.5 - 0.5 * incompleteBeta((t * t) / (df + t * t), 0.5, df / 2);
  }
  return 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** t with P(T ≤ t) = p, for 0 < p < 1 and df > 0; to some 1e-12 relative. */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1) || !(df > 0)) {
    return Number.NaN;
  }
  if (p < 0.5) {
    return -studentQuantile(1 - p, df);
  }
  const tail = 1 - p;
  if (tail === 0.5) {
    return 0;
  }
  let low = 0;
  let high = 1;
  while (upperTail(high, df) > tail) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) {
      break;
    }
    if (upperTail(middle, df) > tail) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}
