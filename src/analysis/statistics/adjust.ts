/**
 * p values adjusted for how many tests there are, in the order given. A test without a p (NaN) stays without and is not
 * counted.
 * - `bonferroni`: m · p
 * - `holm` (1979): step down, holds the family-wise error wherever Bonferroni does and rejects more
 * - `benjamini_hochberg` (1995): step up, holds the false discovery rate of tests that are independent or go together
 * @throws RangeError for what is no probability
 */
export function adjust(p: readonly number[], method: Adjustment): number[] {
  for (const [i, value] of p.entries()) {
    if (value < 0 || value > 1) throw new RangeError(`${value} at ${i} is no probability`);
  }
  const order = Array.from(p.keys()).filter((i) => !Number.isNaN(p[i]));
  order.sort((a, b) => (p[a] as number) - (p[b] as number));
  const m = order.length;
  const out = p.map(() => Number.NaN);
  const set = (i: number, value: number) => {
    out[i] = Math.min(1, value);
  };
  switch (method) {
    case "none":
      return [...p];
    case "bonferroni":
      for (const i of order) set(i, m * (p[i] as number));
      return out;
    case "holm": {
      let least = 0;
      for (const [step, i] of order.entries()) {
        least = Math.max(least, (m - step) * (p[i] as number));
        set(i, least);
      }
      return out;
    }
    case "benjamini_hochberg": {
      let most = 1;
      for (let step = m - 1; step >= 0; step--) {
        const i = order[step] as number;
        most = Math.min(most, (m / (step + 1)) * (p[i] as number));
        set(i, most);
      }
      return out;
    }
    default:
      return method satisfies never;
  }
}

export const ADJUSTMENTS = ["none", "bonferroni", "holm", "benjamini_hochberg"] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];
