/** The standard normal distribution. */

/** P(Z > z), relative error some 1e-13 however far out. */
export function normalUpper(z: number): number {
  if (z < 0) return 1 - normalUpper(-z);
  const x = z * Math.SQRT1_2;
  return x < 1.5 ? 0.5 * (1 - erfSeries(x)) : 0.5 * erfcFraction(x);
}

export function normalCdf(z: number): number {
  return normalUpper(-z);
}

/** P(|Z| > |z|). */
export function normalTwoSided(z: number): number {
  return Math.min(1, 2 * normalUpper(Math.abs(z)));
}

/** erf by its Maclaurin series in Kummer's form, whose terms are all positive (Abramowitz and Stegun 7.1.6). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc by its continued fraction (7.1.14), for x ≥ 1.5. */
function erfcFraction(x: number): number {
  let fraction = 0;
  for (let n = 160; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}
