import { type CaseMetric, numberOf, undefinedBecause, valued } from "./measured.js";
import { type CallOptions, callsOf, ratesMetric } from "./rates.js";
import type { Labels, Matrix } from "./types.js";

/**
 * Share of what is called negative that is (scikit-learn's precision_score of class 0). Inputs as for `sensitivity`. Where
 * nothing is called so NaN, or the label left out.
 */
export function npv(y: Labels | Matrix, called: Labels | Matrix, options: CallOptions = {}): number {
  return numberOf(npvMetric(y, callsOf(called, options)).measure());
}

export function npvMetric(y: Labels | Matrix, called: Labels | Matrix): CaseMetric {
  return ratesMetric(y, called, ({ trueNegatives, falseNegatives }) => {
    const negative = trueNegatives + falseNegatives;
    return negative === 0 ? undefinedBecause("nothing is called negative") : valued(trueNegatives / negative);
  });
}
