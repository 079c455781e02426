/** How far each head of an attention layer looks, worked out where the weights are: N·heads numbers leave the program. */

import type { Builder } from "../program/builder.js";
import { extentOf } from "../program/shape.js";
import type { Value } from "../program/types.js";

/** Attention within groups of tokens: one group an image, or the windows of a map. */
export interface AttentionTap {
  /** [N·groups·heads, tokens, tokens]; rows sum to 1. */
  readonly shares: Value;
  readonly groups: number;
  readonly heads: number;
  readonly tokens: number;
  /** [groups, tokens, tokens], or [tokens, tokens] of all groups alike: how far two tokens are apart in the image, px. */
  readonly distances: Float32Array;
  /** [groups, tokens]: 1 where a token is a patch, 0 where it is a class token or padding. */
  readonly patches: Float32Array;
}

/**
 * [groups, tokens, tokens] distances of tokens on a square grid of `side`² places `stride` px apart.
 * @param places group by group, raster positions; other numbers are tokens without a place, which are 0 from everything
 */
export function gridDistances(places: ArrayLike<number>, tokens: number, side: number, stride: number): Float32Array {
  const groups = places.length / tokens;
  const distances = new Float32Array(groups * tokens * tokens);
  const known = (place: number) => place >= 0 && place < side * side;
  for (let at = 0; at < distances.length; at++) {
    const group = Math.floor(at / (tokens * tokens));
    const query = places[group * tokens + (Math.floor(at / tokens) % tokens)] as number;
    const key = places[group * tokens + (at % tokens)] as number;
    if (!known(query) || !known(key)) continue;
    const down = Math.floor(query / side) - Math.floor(key / side);
    distances[at] = stride * Math.hypot(down, (query % side) - (key % side));
  }
  return distances;
}

/**
 * [N, 2·heads]: the mean attended distance of every head, first `renormalized`, then `unnormalized` (see
 * `attendedDistance` of src/analysis, which is the same sum).
 */
export function attendedDistances(b: Builder, tap: AttentionTap): Value {
  const { shares, groups, heads, tokens } = tap;
  const images = extentOf(shares.shape, 0) / (groups * heads);
  const weights = b.reshape(shares, [images, groups, heads, tokens, tokens]);
  const alike = tap.patches.every((value, at) => value === tap.patches[at % tokens]);
  const kinds = alike && tap.distances.length === tokens * tokens ? 1 : groups;
  const keys = tap.patches.slice(0, kinds * tokens);
  const far = b.sum(b.mul(weights, b.constant(maskedDistances(tap, kinds), [1, kinds, 1, tokens, tokens])), {
    axes: [4],
  });
  const all = b.sum(b.mul(weights, b.constant(keys, [1, kinds, 1, 1, tokens])), { axes: [4] });
  const queries = b.constant(keys, [1, kinds, 1, tokens]);
  const count = tap.patches.reduce((sum, value) => sum + value, 0);
  const overQueries = (x: Value) => b.scale(b.sum(b.mul(x, queries), { axes: [1, 3] }), 1 / count);
  // far is 0 where all is, so the least divisor changes nothing else
  const renormalized = b.div(far, b.maximum(all, b.scalar(LEAST)));
  return b.concat([overQueries(renormalized), overQueries(far)], 1);
}

const LEAST = 1e-30;

/** Distances to keys that are patches. */
function maskedDistances({ distances, patches, tokens }: AttentionTap, groups: number): Float32Array {
  const masked = new Float32Array(groups * tokens * tokens);
  for (let at = 0; at < masked.length; at++) {
    const group = Math.floor(at / (tokens * tokens));
    masked[at] = (distances[at % distances.length] as number) * (patches[group * tokens + (at % tokens)] as number);
  }
  return masked;
}
