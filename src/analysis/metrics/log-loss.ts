import { checkClasses, checkLength, overColumns, UNKNOWN } from "./columns.js";
import { meanMetric } from "./mean-loss.js";
import { type CaseMetric, numberOf } from "./measured.js";
import { checkProbabilities } from "./probabilities.js";
import { dimensions, isMatrix, type Labels, type Matrix } from "./types.js";

/**
 * Mean negative log-likelihood, nats (scikit-learn's log_loss): of the true class, or where `y` is a matrix the mean over
 * labels of each label's.
 * @param probabilities [samples, classes], or one probability of class 1 a sample; kept 2⁻⁵² away from 0 and 1
 * @throws RangeError for what is no probability
 */
export function logLoss(y: Labels | Matrix, probabilities: Labels | Matrix): number {
  return numberOf(logLossMetric(y, probabilities).measure());
}

export function logLossMetric(y: Labels | Matrix, probabilities: Labels | Matrix): CaseMetric {
  checkProbabilities(probabilities);
  if (isMatrix(y) || !isMatrix(probabilities)) {
    return overColumns(y, probabilities, (truth, scores) =>
      meanMetric(Float64Array.from(truth, (value, i) => surprise(value, scores[i] as number))),
    );
  }
  const [rows, columns] = dimensions(probabilities, "probabilities");
  checkLength(y, rows);
  checkClasses(y, columns);
  const losses = new Float64Array(rows);
  for (let i = 0; i < rows; i++)
    losses[i] = -Math.log(clip(probabilities.data[i * columns + (y[i] as number)] as number));
  return meanMetric(losses);
}

function surprise(truth: number, probability: number): number {
  if (truth === UNKNOWN) return Number.NaN;
  return -Math.log(clip(truth === 1 ? probability : 1 - probability));
}

function clip(p: number): number {
  return Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON);
}
