/** Cases sorted once by score, for metrics that read their order. */

import { type Truth, UNKNOWN } from "./columns.js";

export interface Ranking {
  /** Cases of the truth it was made of; those unknown are not in `order`. */
  readonly cases: number;
  /** Known cases, the highest score first. */
  readonly order: Uint32Array;
  /** By rank: whether the case is positive. */
  readonly hit: Uint8Array;
  /** By rank: whether the next rank has a lower score. */
  readonly last: Uint8Array;
}

/** @throws RangeError for a score that is no number */
export function rank(truth: Truth, scores: Float64Array): Ranking {
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) throw new RangeError(`the score at ${i} is not a number`);
  }
  const known: number[] = [];
  for (let i = 0; i < truth.length; i++) if (truth[i] !== UNKNOWN) known.push(i);
  const order = Uint32Array.from(known).sort((a, b) => {
    const [first, second] = [scores[a] as number, scores[b] as number];
    return first > second ? -1 : first < second ? 1 : 0;
  });
  const hit = new Uint8Array(order.length);
  const last = new Uint8Array(order.length);
  for (let k = 0; k < order.length; k++) {
    hit[k] = truth[order[k] as number] as number;
    last[k] = k + 1 === order.length || scores[order[k] as number] !== scores[order[k + 1] as number] ? 1 : 0;
  }
  return { cases: truth.length, order, hit, last };
}
