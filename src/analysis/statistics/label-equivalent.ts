/** How many labels one way needs to reach another's score. */

import { type Measured, undefinedBecause, valued } from "../metrics/measured.js";

export interface CurvePoint {
  /** Above 0: a share of the labels, or their number. */
  readonly labels: number;
  readonly score: number;
}

/**
 * Labels at which a learning curve first reaches a score. The curve is made monotone by pooling adjacent violators
 * (all points weigh alike) and is straight between its points over the logarithm of the labels. Nothing is said beyond
 * its ends.
 * @param direction which way scores are better
 * @source Ayer et al. 1955, for the monotone curve.
 */
export function labelEquivalent(curve: readonly CurvePoint[], score: number, direction: "max" | "min"): Measured {
  const points = [...curve].sort((a, b) => a.labels - b.labels);
  if (!Number.isFinite(score) || points.some((point) => !Number.isFinite(point.score))) {
    return undefinedBecause("a score it needs is missing");
  }
  if (points.length < 2) return undefinedBecause("the curve it is read off needs two points");
  if (points.some((point) => !(point.labels > 0))) return undefinedBecause("the curve has a point without labels");
  const sign = direction === "max" ? 1 : -1;
  const monotone = pooled(points.map((point) => sign * point.score));
  const wanted = sign * score;
  const [first, last] = [monotone[0] as number, monotone[monotone.length - 1] as number];
  if (wanted > last) return undefinedBecause("better than the other side at any number of labels");
  if (wanted < first) return undefinedBecause("worse than the other side at its fewest labels");
  const after = monotone.findIndex((value) => value >= wanted);
  const [high, low] = [points[after] as CurvePoint, points[after - 1]];
  if (low === undefined) return valued(high.labels);
  const [from, to] = [monotone[after - 1] as number, monotone[after] as number];
  const share = (wanted - from) / (to - from);
  const labels = Math.exp(Math.log(low.labels) + share * (Math.log(high.labels) - Math.log(low.labels)));
  return valued(share === 1 ? high.labels : labels);
}

/** The nearest sequence, by squares, that never falls. */
function pooled(values: readonly number[]): readonly number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    let block = { sum: value, count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum / before.count < block.sum / block.count) break;
      block = { sum: before.sum + block.sum, count: before.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}
