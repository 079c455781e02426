import { confusionMetric, right } from "./confusion.js";
import { type CaseMetric, numberOf, valued } from "./measured.js";
import type { Labels } from "./types.js";

/** Share of samples whose predicted class is right (scikit-learn's accuracy_score). */
export function accuracy(y: Labels, predicted: Labels): number {
  return numberOf(accuracyMetric(y, predicted).measure());
}

export function accuracyMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) => {
    let hits = 0;
    for (const c of table.classes.keys()) hits += right(table, c);
    return valued(hits / table.total);
  });
}
