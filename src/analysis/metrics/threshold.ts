/** Metrics of two classes at a threshold: a sample counts as positive where its score is the threshold or more. */

import type { Labels } from "./types.js";

/** Share of the positives (label 1) with a score of `threshold` or more; NaN where there are none. */
export function sensitivity(y: Labels, scores: Labels, threshold = 0.5): number {
  const { hits, positives } = counted(y, scores, threshold);
  return positives === 0 ? Number.NaN : hits / positives;
}

/** Share of the negatives (label 0) with a score below `threshold`; NaN where there are none. */
export function specificity(y: Labels, scores: Labels, threshold = 0.5): number {
  const { alarms, positives } = counted(y, scores, threshold);
  const negatives = y.length - positives;
  return negatives === 0 ? Number.NaN : (negatives - alarms) / negatives;
}

/**
 * The score with the greatest sensitivity + specificity as threshold (Youden 1950); the highest of several, as the first
 * maximum along scikit-learn's `roc_curve`. NaN where one class is all there is.
 */
export function youden(y: Labels, scores: Labels): number {
  check(y, scores);
  const order = Array.from(scores, (_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const positives = Array.from(y).filter((label) => label === 1).length;
  const negatives = y.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  let [hits, alarms] = [0, 0];
  let best = { index: 0, threshold: Number.NaN };
  order.forEach((sample, rank) => {
    if (y[sample] === 1) hits += 1;
    else alarms += 1;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[sample]) return;
    // whole numbers: a tie is one, whatever a quotient would round to
    const index = hits * negatives - alarms * positives;
    if (Number.isNaN(best.threshold) || index > best.index) best = { index, threshold: scores[sample] as number };
  });
  return best.threshold;
}

function counted(y: Labels, scores: Labels, threshold: number) {
  check(y, scores);
  let [positives, hits, alarms] = [0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const called = (scores[i] as number) >= threshold;
    if (y[i] === 1) {
      positives += 1;
      if (called) hits += 1;
    } else if (called) alarms += 1;
  }
  return { positives, hits, alarms };
}

function check(y: Labels, scores: Labels): void {
  if (y.length !== scores.length) throw new RangeError(`${y.length} labels but scores of ${scores.length} samples`);
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`the score at ${i} is not a number`);
  }
}
