/** Rules that choose a decision threshold on a ROC curve. A case is called positive where its score is ≥ the threshold. */

import { binaryTruth, checkLength, type Truth } from "./columns.js";
import { type Undefined, undefinedBecause } from "./measured.js";
import { rank } from "./ranking.js";
import type { Labels } from "./types.js";

export type ThresholdRule =
  /** Greatest sensitivity + specificity − 1 (Youden 1950); of equals the highest threshold. */
  | { readonly kind: "youden" }
  /** The highest threshold whose sensitivity is at least this. */
  | { readonly kind: "sensitivity"; readonly least: number }
  /** The lowest threshold whose specificity is at least this. */
  | { readonly kind: "specificity"; readonly least: number };

export interface Threshold {
  readonly kind: "threshold";
  /** In the scores' own units, one of the scores; +∞ calls nothing positive. */
  readonly at: number;
  /** On the cases it was chosen on. */
  readonly sensitivity: number;
  readonly specificity: number;
}
export type ChosenThreshold = Threshold | Undefined;

/**
 * The threshold a rule chooses on labels 0/1 and scores. Thresholds tried are +∞ and the distinct scores, as in
 * scikit-learn's roc_curve with drop_intermediate=False. Undefined without positives or without negatives.
 */
export function chooseThreshold(rule: ThresholdRule, y: Labels, scores: Labels): ChosenThreshold {
  checkLength(y, scores.length);
  return chooseOn(rule, binaryTruth(y), Float64Array.from(scores));
}

/** Cases of unknown truth are passed over. */
export function chooseOn(rule: ThresholdRule, truth: Truth, scores: Float64Array): ChosenThreshold {
  const curve = rocPoints(truth, scores);
  if (curve.positives === 0) return undefinedBecause("there are no positives");
  if (curve.negatives === 0) return undefinedBecause("there are no negatives");
  const at = curve.points[choose(rule, curve)];
  if (at === undefined) throw new RangeError("a ROC curve has at least one point");
  return {
    kind: "threshold",
    at: at.threshold,
    sensitivity: at.called[1] / curve.positives,
    specificity: 1 - at.called[0] / curve.negatives,
  };
}

interface RocPoint {
  readonly threshold: number;
  /** Negatives and positives called. */
  readonly called: readonly [number, number];
}
interface Curve {
  readonly points: readonly RocPoint[];
  readonly positives: number;
  readonly negatives: number;
}

function rocPoints(truth: Truth, scores: Float64Array): Curve {
  const { order, hit, last } = rank(truth, scores);
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, called: [0, 0] }];
  let positives = 0;
  for (let k = 0; k < order.length; k++) {
    positives += hit[k] as number;
    if (last[k] === 1) {
      points.push({ threshold: scores[order[k] as number] as number, called: [k + 1 - positives, positives] });
    }
  }
  return { points, positives, negatives: order.length - positives };
}

/** Comparisons are of whole numbers of cases, so that no rounding moves a threshold. */
function choose(rule: ThresholdRule, { points, positives, negatives }: Curve): number {
  switch (rule.kind) {
    case "youden": {
      const gain = ({ called }: RocPoint) => called[1] * negatives - called[0] * positives;
      let best = 0;
      for (const [i, point] of points.entries()) if (gain(point) > gain(points[best] as RocPoint)) best = i;
      return best;
    }
    case "sensitivity": {
      checkShare(rule.least);
      return points.findIndex(({ called }) => called[1] / positives >= rule.least);
    }
    case "specificity": {
      checkShare(rule.least);
      return points.findLastIndex(({ called }) => (negatives - called[0]) / negatives >= rule.least);
    }
    default:
      return rule satisfies never;
  }
}

function checkShare(least: number): void {
  if (!(least >= 0 && least <= 1)) throw new RangeError(`${least} is not within 0 and 1`);
}
