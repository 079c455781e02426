import { confusionMetric, present, right } from "./confusion.js";
import { type CaseMetric, numberOf, valued } from "./measured.js";
import { type Labels, meanOf } from "./types.js";

/**
 * Mean of the recalls of the classes that occur in `y` (scikit-learn's balanced_accuracy_score; Brodersen et al. 2010).
 * A class that is predicted and never occurs is not among them.
 */
export function balancedAccuracy(y: Labels, predicted: Labels): number {
  return numberOf(balancedAccuracyMetric(y, predicted).measure());
}

export function balancedAccuracyMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) =>
    valued(meanOf(present(table, "actual").map((c) => right(table, c) / (table.actual[c] as number)))),
  );
}
