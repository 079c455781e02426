/** A metric of many resamples of the same predictions: what is the same in all of them is done once. */

import { type Predictions, score, selectCases } from "./metric.js";

/** The metric of the cases at these places, as often as they are named. */
export type OfCases = (cases: readonly number[]) => number;

export function metricOfCases(metric: string, predictions: Predictions, threshold?: number): OfCases {
  const { classes, several } = predictions;
  if (metric === "roc_auc" && classes === 2 && !several) return rankedAuc(predictions);
  return (cases) => score(metric, selectCases(predictions, cases), threshold);
}

/** Scores are ranked once; a resample is then counted along the ranks. Whole and half numbers, so to the bit `rocAuc`'s. */
function rankedAuc({ images, probabilities, labels }: Predictions): OfCases {
  const scores = Float64Array.from({ length: images }, (_, i) => probabilities[2 * i + 1] as number);
  const distinct = Float64Array.from(new Set(scores)).sort().reverse();
  const ranks = new Map(Array.from(distinct, (value, rank) => [value, rank]));
  const rankOf = Int32Array.from(scores, (value) => ranks.get(value) ?? 0);
  const hits = new Int32Array(distinct.length);
  const misses = new Int32Array(distinct.length);
  return (cases) => {
    hits.fill(0);
    misses.fill(0);
    for (const place of cases) {
      const rank = rankOf[place] as number;
      if (labels[place] === 1) hits[rank] = (hits[rank] as number) + 1;
      else misses[rank] = (misses[rank] as number) + 1;
    }
    let [positives, negatives, wins] = [0, 0, 0];
    for (let rank = 0; rank < hits.length; rank++) {
      const [hit, miss] = [hits[rank] as number, misses[rank] as number];
      wins += miss * (positives + hit / 2);
      positives += hit;
      negatives += miss;
    }
    return positives === 0 || negatives === 0 ? Number.NaN : wins / (positives * negatives);
  };
}
