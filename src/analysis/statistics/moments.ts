/** Means and spreads. */

export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return values.length === 0 ? Number.NaN : sum / values.length;
}

export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    return Number.NaN;
  }
  const centre = mean(values);
  let sum = 0;
  for (const value of values) {
    sum += (value - centre) ** 2;
  }
  return Math.sqrt(sum / (values.length - 1));
}
