import { type CaseMetric, numberOf, undefinedBecause, valued } from "./measured.js";
import { type CallOptions, callsOf, ratesMetric } from "./rates.js";
import type { Labels, Matrix } from "./types.js";

/**
 * Share of the negatives that are not called positive (recall of class 0; torchmetrics' specificity). Inputs as for
 * `sensitivity`. Without negatives NaN, or the label left out.
 */
export function specificity(y: Labels | Matrix, called: Labels | Matrix, options: CallOptions = {}): number {
  return numberOf(specificityMetric(y, callsOf(called, options)).measure());
}

export function specificityMetric(y: Labels | Matrix, called: Labels | Matrix): CaseMetric {
  return ratesMetric(y, called, ({ trueNegatives, falsePositives }) => {
    const negatives = trueNegatives + falsePositives;
    return negatives === 0 ? undefinedBecause("there are no negatives") : valued(trueNegatives / negatives);
  });
}
