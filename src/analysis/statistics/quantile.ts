/**
 * Quantile by linear interpolation between order statistics (Hyndman and Fan's type 7; numpy's default).
 * @param sorted ascending, at least one
 */
export function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}
