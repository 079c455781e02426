/** Replicates: the repeats of a number, in folds or not, alone or in pairs. */

import { OTHER_REPEAT } from "../../compiler/study.js";
import { summarizePairs } from "./pairs.js";
import { mean, NO_SUMMARY, type Summary, standardDeviation, studentQuantile, summarize } from "./statistics.js";
import type { ResultRow } from "./types.js";

/** `2`: a repeat; `3/2`: the second repeat in the third fold; `3/` and `/2` where the other was reduced; `1~2`: a pair. */
export type ReplicateId = string;

export interface Replicate {
  readonly fold: string | undefined;
  readonly repeat: string | undefined;
  /** Of an unordered pair of repeats: the later one. */
  readonly other?: string | undefined;
}

export function replicateId({ fold, repeat, other }: Replicate): ReplicateId {
  const text = other === undefined ? (repeat ?? "") : `${repeat ?? ""}~${other}`;
  return fold === undefined ? text : `${fold}/${text}`;
}

export function replicateOf(id: ReplicateId): Replicate {
  const slash = id.indexOf("/");
  const [fold, text] = slash < 0 ? [undefined, id] : [id.slice(0, slash), id.slice(slash + 1)];
  const tilde = text.indexOf("~");
  const [repeat, other] = tilde < 0 ? [text, undefined] : [text.slice(0, tilde), text.slice(tilde + 1)];
  const known = { fold: fold === "" ? undefined : fold, repeat: repeat === "" && slash >= 0 ? undefined : repeat };
  return other === undefined ? known : { ...known, other };
}

/** Of a measured or derived row. */
export function replicateOfRow({ axes, repeat }: Pick<ResultRow, "axes" | "repeat">): ReplicateId {
  const { fold, [OTHER_REPEAT]: other } = axes;
  if (fold === undefined && other === undefined) return String(repeat ?? 1);
  return replicateId({
    fold: fold === undefined ? undefined : String(fold),
    repeat: repeat === null ? undefined : String(repeat),
    other: other === undefined ? undefined : String(other),
  });
}

export interface FoldedSummary extends Summary {
  /** Folds that have a number, and the most repeats in one; absent where there are no folds. */
  readonly folds?: { readonly folds: number; readonly repeats: number };
}

/**
 * Over folds where there are some: repeats are averaged within a fold, `n` counts folds. Folds share training cases, so
 * the interval is Nadeau and Bengio's (2003): the variance of the mean is (1/K + test/train)·sd², with K − 2 training
 * folds for each that is tested.
 */
export function summarizeReplicates(values: ReadonlyMap<ReplicateId, number>): FoldedSummary {
  const byFold = valuesByFold(values);
  if (byFold === undefined) return pairsOf(values) ?? summarize([...values.values()]);
  const means = [...byFold.values()].map(mean);
  const folds = { folds: byFold.size, repeats: Math.max(0, ...[...byFold.values()].map(({ length }) => length)) };
  if (means.length === 0) return { ...NO_SUMMARY, folds };
  const centre = mean(means);
  const sd = standardDeviation(means);
  const n = means.length;
  const half = (studentQuantile(0.975, n - 1) * sd * overlapping(n)) / Math.sqrt(n);
  return { mean: centre, sd, n, low: centre - half, high: centre + half, folds };
}

/** Undefined where the replicates are no pairs. */
function pairsOf(values: ReadonlyMap<ReplicateId, number>): Summary | undefined {
  const pairs = [...values].flatMap(([id, value]) => {
    const { repeat, other } = replicateOf(id);
    return repeat === undefined || other === undefined ? [] : [{ first: repeat, second: other, value }];
  });
  return pairs.length === 0 ? undefined : summarizePairs(pairs);
}

/** How much wider an interval of n folds is than one of n independent numbers; NaN below three. */
export function overlapping(folds: number): number {
  return folds < 3 ? Number.NaN : Math.sqrt(1 + folds / (folds - 2));
}

/** Undefined where no replicate has a fold. */
export function valuesByFold<T>(values: ReadonlyMap<ReplicateId, T>): Map<string, T[]> | undefined {
  const byFold = new Map<string, T[]>();
  for (const [id, value] of values) {
    const { fold } = replicateOf(id);
    if (fold === undefined) continue;
    const members = byFold.get(fold);
    if (members === undefined) byFold.set(fold, [value]);
    else members.push(value);
  }
  return byFold.size === 0 ? undefined : byFold;
}
