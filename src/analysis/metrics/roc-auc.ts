import { binaryTruth, checkClasses, checkLength, meanOverColumns, overColumns, type Truth } from "./columns.js";
import { type CaseMetric, type Counts, type Measured, numberOf, undefinedBecause, valued } from "./measured.js";
import { type Ranking, rank } from "./ranking.js";
import { dimensions, isMatrix, type Labels, type Matrix } from "./types.js";

export interface RocAucOptions {
  /** For more than two classes: each against the rest (default), or the mean over pairs (Hand and Till 2001). */
  readonly multiclass?: "ovr" | "ovo";
}

/**
 * Area under the ROC curve; equal scores count half (scikit-learn's roc_auc_score, average="macro").
 * - labels 0/1 and one score a sample, or two columns of scores: of class 1
 * - class indices and [samples, classes]: mean over classes (`ovr`) or pairs of classes (`ovo`)
 * - a matrix of zeros and ones (−1: not known) and [samples, labels]: mean over labels
 * A class, pair or label without both positives and negatives has no curve and is left out of the mean, where
 * scikit-learn gives NaN for all of it; NaN when none is left, as there with a warning. `rocAucMetric` says which were
 * left out.
 */
export function rocAuc(y: Labels | Matrix, scores: Labels | Matrix, options: RocAucOptions = {}): number {
  return numberOf(rocAucMetric(y, scores, options).measure());
}

export function rocAucMetric(
  y: Labels | Matrix,
  scores: Labels | Matrix,
  { multiclass = "ovr" }: RocAucOptions = {},
): CaseMetric {
  if (!isMatrix(y) && isMatrix(scores) && multiclass === "ovo" && (scores.shape[1] ?? 0) > 2) {
    return pairs(y, scores);
  }
  return overColumns(y, scores, binaryAuc);
}

function binaryAuc(truth: Truth, scores: Float64Array): CaseMetric {
  const ranking = rank(truth, scores);
  return {
    cases: truth.length,
    measure: (counts) => area(ranking, counts),
    withoutEach: () => areaWithoutEach(ranking),
  };
}

/** Mann and Whitney's U over its maximum. Scores fall: every positive so far beats the negatives of this rank. */
function area({ order, hit, last }: Ranking, counts?: Counts): Measured {
  let positives = 0;
  let negatives = 0;
  let wins = 0;
  let hits = 0;
  let misses = 0;
  for (let k = 0; k < order.length; k++) {
    const times = counts === undefined ? 1 : (counts[order[k] as number] as number);
    if (hit[k] === 1) hits += times;
    else misses += times;
    if (last[k] === 1) {
      wins += misses * (positives + hits / 2);
      positives += hits;
      negatives += misses;
      hits = 0;
      misses = 0;
    }
  }
  if (positives === 0) return undefinedBecause("there are no positives");
  if (negatives === 0) return undefinedBecause("there are no negatives");
  return valued(wins / (positives * negatives));
}

/** Without a positive go the pairs it won; without a negative those it lost. */
function areaWithoutEach(ranking: Ranking): Float64Array {
  const { beaten, positives, negatives } = placements(ranking);
  let wins = 0;
  for (let k = 0; k < beaten.length; k++) if (ranking.hit[k] === 1) wins += beaten[k] as number;
  const out = new Float64Array(ranking.cases).fill(numberOf(area(ranking)));
  for (let k = 0; k < beaten.length; k++) {
    const left = wins - (beaten[k] as number);
    const pairsLeft = ranking.hit[k] === 1 ? (positives - 1) * negatives : positives * (negatives - 1);
    out[ranking.order[k] as number] = pairsLeft === 0 ? Number.NaN : left / pairsLeft;
  }
  return out;
}

export interface Placements {
  /** By rank: of a positive the negatives it beats, of a negative the positives that beat it; ties count half. */
  readonly beaten: Float64Array;
  readonly positives: number;
  readonly negatives: number;
}

export function placements({ hit, last }: Ranking): Placements {
  let all = 0;
  for (let k = 0; k < hit.length; k++) all += hit[k] as number;
  const beaten = new Float64Array(hit.length);
  const [positives, negatives] = [all, hit.length - all];
  let above = 0; // positives of higher scores
  let below = negatives; // negatives not yet passed
  for (let from = 0; from < hit.length; ) {
    let to = from;
    let hits = 0;
    for (; to < hit.length; to++) {
      hits += hit[to] as number;
      if (last[to] === 1) break;
    }
    const misses = to + 1 - from - hits;
    for (let k = from; k <= to; k++) beaten[k] = hit[k] === 1 ? below - misses + misses / 2 : above + hits / 2;
    above += hits;
    below -= misses;
    from = to + 1;
  }
  return { beaten, positives, negatives };
}

/** Hand and Till's M: for each pair of classes the mean of the AUCs of one's and of the other's scores. */
function pairs(y: Labels, scores: Matrix): CaseMetric {
  const [cases, classes] = dimensions(scores, "scores");
  checkLength(y, cases);
  checkClasses(y, classes);
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < cases; i++) members[y[i] as number]?.push(i);
  const list: (readonly [number, number])[] = [];
  for (let a = 0; a < classes; a++) for (let b = a + 1; b < classes; b++) list.push([a, b]);
  const both = list.map(([a, b]) => [...(members[a] ?? []), ...(members[b] ?? [])]);
  return meanOverColumns({
    of: "pair",
    count: list.length,
    cases,
    index: (at) => {
      const [index = 0, other = 0] = list[at] ?? [];
      return { index, other };
    },
    column: (at) => onePair(y, scores, list[at] ?? [0, 0], both[at] ?? []),
  });
}

function onePair(y: Labels, scores: Matrix, [a, b]: readonly [number, number], cases: readonly number[]): CaseMetric {
  const classes = scores.shape[1] ?? 0;
  const direction = (own: number) =>
    binaryAuc(
      binaryTruth(cases.map((i) => (y[i] === own ? 1 : 0))),
      Float64Array.from(cases, (i) => scores.data[i * classes + own] as number),
    );
  const [first, second] = [direction(a), direction(b)];
  return {
    cases: y.length,
    measure(counts) {
      const own = counts && cases.map((i) => counts[i] as number);
      const [one, two] = [first.measure(own), second.measure(own)];
      if (one.kind === "undefined" || two.kind === "undefined") {
        return undefinedBecause("one of its classes does not occur");
      }
      return valued((one.value + two.value) / 2);
    },
    withoutEach() {
      const out = new Float64Array(y.length).fill((numberOf(first.measure()) + numberOf(second.measure())) / 2);
      const [one, two] = [first.withoutEach?.(), second.withoutEach?.()];
      for (const [at, i] of cases.entries()) out[i] = ((one?.[at] ?? Number.NaN) + (two?.[at] ?? Number.NaN)) / 2;
      return out;
    },
  };
}
