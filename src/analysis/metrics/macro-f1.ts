import { confusionMetric, present, right } from "./confusion.js";
import { type CaseMetric, numberOf, valued } from "./measured.js";
import { ratesMetric } from "./rates.js";
import { isMatrix, type Labels, type Matrix, meanOf } from "./types.js";

/**
 * Mean of the F1 of the classes that occur in `y` or are predicted (scikit-learn's f1_score with average="macro",
 * zero_division=0). With matrices of zeros and ones [samples, labels]: mean over labels, 0 for a label that neither
 * occurs nor is predicted.
 */
export function macroF1(y: Labels | Matrix, predicted: Labels | Matrix): number {
  return numberOf(macroF1Metric(y, predicted).measure());
}

export function macroF1Metric(y: Labels | Matrix, predicted: Labels | Matrix): CaseMetric {
  if (isMatrix(y) || isMatrix(predicted)) {
    return ratesMetric(y, predicted, ({ truePositives, falsePositives, falseNegatives }) => {
      const either = 2 * truePositives + falsePositives + falseNegatives;
      return valued(either === 0 ? 0 : (2 * truePositives) / either);
    });
  }
  return confusionMetric(y, predicted, (table) =>
    valued(
      meanOf(
        present(table, "either").map(
          (c) => (2 * right(table, c)) / ((table.actual[c] as number) + (table.predicted[c] as number)),
        ),
      ),
    ),
  );
}
