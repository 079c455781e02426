/** Metrics that are a mean of one number a case. */

import { type CaseMetric, undefinedBecause, valued } from "./measured.js";

/** @param losses NaN for a case that says nothing */
export function meanMetric(losses: Float64Array): CaseMetric {
  const sums = (counts?: ArrayLike<number>): readonly [number, number] => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < losses.length; i++) {
      const loss = losses[i] as number;
      if (Number.isNaN(loss)) continue;
      const times = counts === undefined ? 1 : (counts[i] as number);
      sum += times * loss;
      total += times;
    }
    return [sum, total];
  };
  return {
    cases: losses.length,
    measure(counts) {
      const [sum, total] = sums(counts);
      return total === 0 ? undefinedBecause("there are no cases") : valued(sum / total);
    },
    withoutEach() {
      const [sum, total] = sums();
      return losses.map((loss) =>
        Number.isNaN(loss) ? sum / total : total < 2 ? Number.NaN : (sum - loss) / (total - 1),
      );
    },
  };
}
