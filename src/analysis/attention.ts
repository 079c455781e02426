/** How far attention looks: the mean attended distance. */

/**
 * `renormalized`: over patches alone, whose weights are scaled to sum to 1; what falls on a class token or on padding
 * has no place in the image and counts for nothing. `unnormalized`: the weights as they are, so that what a class token
 * takes is a distance of 0.
 */
export type AttentionEstimator = "renormalized" | "unnormalized";

export interface AttentionMap {
  /** [heads, tokens, tokens]: rows are queries, and sum to 1 with all their keys. */
  readonly weights: ArrayLike<number>;
  readonly heads: number;
  /** Of each token its centre in the image, px; undefined of a class token or padding. */
  readonly places: readonly ({ readonly x: number; readonly y: number } | undefined)[];
}

/**
 * The attention-weighted distance, px, between a query patch and the patches it looks at, averaged over query patches; a
 * number a head. A head that gives no patch any weight looks nowhere: 0.
 * @source Dosovitskiy et al., ICLR 2021, figure 7 (arXiv:2010.11929); Raghu et al., NeurIPS 2021, §3 (arXiv:2108.08810).
 */
export function attendedDistance(
  { weights, heads, places }: AttentionMap,
  { estimator = "renormalized" }: { readonly estimator?: AttentionEstimator } = {},
): Float64Array {
  const tokens = places.length;
  if (weights.length !== heads * tokens * tokens) {
    throw new RangeError(`${weights.length} weights of ${heads} heads and ${tokens} tokens`);
  }
  const queries = places.filter((place) => place !== undefined).length;
  const out = new Float64Array(heads);
  for (let head = 0; head < heads; head++) {
    let sum = 0;
    for (let query = 0; query < tokens; query++) {
      const from = places[query];
      if (from === undefined) continue;
      let [far, all] = [0, 0];
      for (let key = 0; key < tokens; key++) {
        const to = places[key];
        if (to === undefined) continue;
        const weight = weights[(head * tokens + query) * tokens + key] as number;
        far += weight * Math.hypot(from.x - to.x, from.y - to.y);
        all += weight;
      }
      sum += estimator === "renormalized" ? (all > 0 ? far / all : 0) : far;
    }
    out[head] = queries === 0 ? 0 : sum / queries;
  }
  return out;
}
