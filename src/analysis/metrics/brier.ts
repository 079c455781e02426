import { checkClasses, checkLength, overColumns, UNKNOWN } from "./columns.js";
import { meanMetric } from "./mean-loss.js";
import { type CaseMetric, numberOf } from "./measured.js";
import { checkProbabilities } from "./probabilities.js";
import { dimensions, isMatrix, type Labels, type Matrix } from "./types.js";

/**
 * Brier score (Brier 1950; scikit-learn's brier_score_loss): the mean square of (probability − truth).
 * - one probability of class 1 a sample, or two columns: of class 1, so within [0, 1]
 * - more classes: squares summed over classes, so within [0, 2]
 * - a matrix of labels: the mean over labels of each label's
 * @throws RangeError for what is no probability
 */
export function brier(y: Labels | Matrix, probabilities: Labels | Matrix): number {
  return numberOf(brierMetric(y, probabilities).measure());
}

export function brierMetric(y: Labels | Matrix, probabilities: Labels | Matrix): CaseMetric {
  checkProbabilities(probabilities);
  if (isMatrix(y) || !isMatrix(probabilities)) {
    return overColumns(y, probabilities, (truth, scores) =>
      meanMetric(Float64Array.from(truth, (value, i) => square(value, scores[i] as number))),
    );
  }
  const [rows, columns] = dimensions(probabilities, "probabilities");
  checkLength(y, rows);
  checkClasses(y, columns);
  const losses = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let c = 0; c < columns; c++)
      sum += ((probabilities.data[i * columns + c] as number) - (y[i] === c ? 1 : 0)) ** 2;
    losses[i] = columns === 2 ? sum / 2 : sum;
  }
  return meanMetric(losses);
}

function square(truth: number, probability: number): number {
  return truth === UNKNOWN ? Number.NaN : (probability - truth) ** 2;
}
