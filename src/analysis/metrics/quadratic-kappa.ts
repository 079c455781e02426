import { confusionMetric } from "./confusion.js";
import { weightedKappa } from "./kappa.js";
import { type CaseMetric, numberOf } from "./measured.js";
import type { Labels } from "./types.js";

/**
 * Cohen's kappa with weights (i − j)², for ordered classes (Cohen 1968). Weights go by class index, so a class that does
 * not occur keeps its place: scikit-learn's cohen_kappa_score with weights="quadratic" and `labels` given. NaN where one
 * class is all there is.
 */
export function quadraticKappa(y: Labels, predicted: Labels): number {
  return numberOf(quadraticKappaMetric(y, predicted).measure());
}

export function quadraticKappaMetric(y: Labels, predicted: Labels): CaseMetric {
  return confusionMetric(y, predicted, (table) => weightedKappa(table, (i, j) => (i - j) ** 2));
}
