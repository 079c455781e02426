import { type Confusion, confusionMetric } from "./confusion.js";
import { type CaseMetric, type Measured, numberOf, undefinedBecause, valued } from "./measured.js";
import type { Labels } from "./types.js";

/**
 * Cohen's kappa: agreement beyond chance (Cohen 1960; scikit-learn's cohen_kappa_score). NaN, as there with a warning,
 * where chance alone agrees fully: one class is all there is in `y` and `predicted`.
 */
export function kappa(y: Labels, predicted: Labels): number {
  return numberOf(kappaMetric(y, predicted).measure());
}

export function kappaMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) => weightedKappa(table, (i, j) => (i === j ? 0 : 1)));
}

/** @param weight of taking class i for class j, by the classes' own indices; 0 for i = j */
export function weightedKappa(table: Confusion, weight: (i: number, j: number) => number): Measured {
  let observed = 0;
  let expected = 0;
  const k = table.classes.length;
  for (let t = 0; t < k; t++) {
    for (let p = 0; p < k; p++) {
      const w = weight(table.classes[t] as number, table.classes[p] as number);
      observed += w * (table.counts[t * k + p] as number);
      expected += (w * (table.actual[t] as number) * (table.predicted[p] as number)) / table.total;
    }
  }
  if (expected === 0) return undefinedBecause("one class is all that occurs and is predicted");
  return valued(1 - observed / expected);
}
