import { confusionMetric, present, right } from "./confusion.js";
import { type CaseMetric, numberOf, valued } from "./measured.js";
import { type Labels, meanOf } from "./types.js";

/**
 * Mean of the precisions of the classes that occur in `y` or are predicted; 0 for a class never predicted
 * (scikit-learn's precision_score with average="macro", zero_division=0, which warns there).
 */
export function macroPrecision(y: Labels, predicted: Labels): number {
  return numberOf(macroPrecisionMetric(y, predicted).measure());
}

export function macroPrecisionMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) =>
    valued(
      meanOf(
        present(table, "either").map((c) => {
          const times = table.predicted[c] as number;
          return times === 0 ? 0 : right(table, c) / times;
        }),
      ),
    ),
  );
}
