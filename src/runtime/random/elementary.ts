/**
 * Elementary functions in +, −, ×, ÷ alone, which every machine rounds alike; Math.exp, Math.cos and Math.log differ in
 * the last bit between engines' versions.
 */

export { portableLog } from "./normal.js";

const LN2 = Math.LN2;

/** e^x for |x| ≤ 700, relative error some 1e-16. */
export function portableExp(x: number): number {
  const twos = Math.round(x / LN2);
  const rest = x - twos * LN2;
  let sum = 1;
  for (let k = 20; k >= 1; k--) sum = 1 + (sum * rest) / k;
  return sum * 2 ** twos;
}

/** cos(π·t) for t in [0, 1]. */
export function cosineOfTurn(t: number): number {
  if (t > 0.5) return -cosineOfTurn(1 - t);
  if (t === 0.5) return 0;
  const x2 = (Math.PI * t) ** 2;
  let sum = 1;
  for (let k = 24; k >= 2; k -= 2) sum = 1 - (sum * x2) / (k * (k - 1));
  return sum;
}

/** cos of an angle in degrees; exact at multiples of 90. */
export function cosineOfDegrees(angle: number): number {
  const within = Math.abs(angle) % 360;
  return cosineOfTurn((within > 180 ? 360 - within : within) / 180);
}

/** sin of an angle in degrees; exact at multiples of 90. */
export function sineOfDegrees(angle: number): number {
  return cosineOfDegrees((angle % 360) - 90);
}
