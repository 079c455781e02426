import { overColumns, type Truth } from "./columns.js";
import { type CaseMetric, type Counts, type Measured, numberOf, undefinedBecause, valued } from "./measured.js";
import { type Ranking, rank } from "./ranking.js";
import type { Labels, Matrix } from "./types.js";

/**
 * Area under the precision-recall curve as a sum of steps, Σ (Rₙ − Rₙ₋₁) Pₙ (scikit-learn's average_precision_score,
 * average="macro"). Inputs as for `rocAuc`. A class or label without positives is left out of the mean, where
 * scikit-learn warns and counts 0; NaN when none is left.
 */
export function averagePrecision(y: Labels | Matrix, scores: Labels | Matrix): number {
  return numberOf(averagePrecisionMetric(y, scores).measure());
}

export function averagePrecisionMetric(y: Labels | Matrix, scores: Labels | Matrix): CaseMetric {
  return overColumns(y, scores, binaryAveragePrecision);
}

function binaryAveragePrecision(truth: Truth, scores: Float64Array): CaseMetric {
  const ranking = rank(truth, scores);
  return { cases: truth.length, measure: (counts) => steps(ranking, counts) };
}

function steps({ order, hit, last }: Ranking, counts?: Counts): Measured {
  let seen = 0;
  let hits = 0;
  let found = 0;
  let sum = 0;
  for (let k = 0; k < order.length; k++) {
    const times = counts === undefined ? 1 : (counts[order[k] as number] as number);
    seen += times;
    if (hit[k] === 1) found += times;
    if (last[k] === 1 && found > 0) {
      hits += found;
      sum += found * (hits / seen);
      found = 0;
    }
  }
  return hits === 0 ? undefinedBecause("there are no positives") : valued(sum / hits);
}
