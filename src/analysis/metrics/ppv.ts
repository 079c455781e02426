import { type CaseMetric, numberOf, undefinedBecause, valued } from "./measured.js";
import { type CallOptions, callsOf, ratesMetric } from "./rates.js";
import type { Labels, Matrix } from "./types.js";

/**
 * Share of what is called positive that is (scikit-learn's precision_score). Inputs as for `sensitivity`. Where nothing is
 * called so NaN, or the label left out.
 */
export function ppv(y: Labels | Matrix, called: Labels | Matrix, options: CallOptions = {}): number {
  return numberOf(ppvMetric(y, callsOf(called, options)).measure());
}

export function ppvMetric(y: Labels | Matrix, called: Labels | Matrix): CaseMetric {
  return ratesMetric(y, called, ({ truePositives, falsePositives }) => {
    const positive = truePositives + falsePositives;
    return positive === 0 ? undefinedBecause("nothing is called positive") : valued(truePositives / positive);
  });
}
