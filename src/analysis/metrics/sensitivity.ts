import { type CaseMetric, numberOf, undefinedBecause, valued } from "./measured.js";
import { type CallOptions, callsOf, ratesMetric } from "./rates.js";
import type { Labels, Matrix } from "./types.js";

/**
 * Share of the positives that are called positive (recall of class 1; scikit-learn's recall_score). Of 0/1 labels and
 * calls, or scores and a `threshold`; or the mean over labels of two matrices. Without positives NaN, or the
 * label left out, where scikit-learn warns and gives 0.
 */
export function sensitivity(y: Labels | Matrix, called: Labels | Matrix, options: CallOptions = {}): number {
  return numberOf(sensitivityMetric(y, callsOf(called, options)).measure());
}

export function sensitivityMetric(y: Labels | Matrix, called: Labels | Matrix): CaseMetric {
  return ratesMetric(y, called, ({ truePositives, falseNegatives }) => {
    const positives = truePositives + falseNegatives;
    return positives === 0 ? undefinedBecause("there are no positives") : valued(truePositives / positives);
  });
}
