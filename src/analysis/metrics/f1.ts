import { type CaseMetric, numberOf, undefinedBecause, valued } from "./measured.js";
import { type CallOptions, callsOf, ratesMetric } from "./rates.js";
import type { Labels, Matrix } from "./types.js";

/**
 * F1 of the positives (scikit-learn's f1_score). Inputs as for `sensitivity`. Without positives of which none is called so
 * NaN, or the label left out; `macroF1` counts 0 there.
 */
export function f1(y: Labels | Matrix, called: Labels | Matrix, options: CallOptions = {}): number {
  return numberOf(f1Metric(y, callsOf(called, options)).measure());
}

export function f1Metric(y: Labels | Matrix, called: Labels | Matrix): CaseMetric {
  return ratesMetric(y, called, ({ truePositives, falsePositives, falseNegatives }) => {
    const either = 2 * truePositives + falsePositives + falseNegatives;
    return either === 0
      ? undefinedBecause("there are no positives, and nothing is called so")
      : valued((2 * truePositives) / either);
  });
}
