import { confusionMetric, present, right } from "./confusion.js";
import { type CaseMetric, numberOf, valued } from "./measured.js";
import { type Labels, meanOf } from "./types.js";

/**
 * Mean of the recalls of the classes that occur in `y` or are predicted; 0 for a class that is predicted and never
 * occurs (scikit-learn's recall_score with average="macro", zero_division=0, which warns there; torchmetrics' too).
 * Where no such class is predicted it is `balancedAccuracy`.
 */
export function macroRecall(y: Labels, predicted: Labels): number {
  return numberOf(macroRecallMetric(y, predicted).measure());
}

export function macroRecallMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) =>
    valued(
      meanOf(
        present(table, "either").map((c) => {
          const times = table.actual[c] as number;
          return times === 0 ? 0 : right(table, c) / times;
        }),
      ),
    ),
  );
}
