/** Metrics of scores: how well they rank samples, and how likely they make the truth. */

import { column, dimensions, isMatrix, type Labels, type Matrix, meanOf } from "./types.js";

export interface RocAucOptions {
  /** For more than two classes: each against the rest (default), or the mean over pairs (Hand and Till 2001). */
  readonly multiclass?: "ovr" | "ovo";
}

/**
 * Area under the ROC curve; equal scores count half.
 * - labels 0/1 and one score a sample, or two columns of scores: of class 1
 * - class indices and [samples, classes]: mean over classes (`ovr`) or pairs of classes (`ovo`)
 * - a matrix of zeros and ones and [samples, labels]: mean over labels
 * A class, pair or label without both positives and negatives has no curve and is left out of the mean; NaN when none is
 * left.
 */
export function rocAuc(y: Labels | Matrix, scores: Labels | Matrix, options: RocAucOptions = {}): number {
  if (!isMatrix(y) && isMatrix(scores) && options.multiclass === "ovo" && (scores.shape[1] ?? 0) > 2) {
    return onePairAtATime(y, scores);
  }
  return meanOverColumns(y, scores, binaryAuc);
}

/**
 * Area under the precision-recall curve as a sum of steps, Σ (Rₙ − Rₙ₋₁) Pₙ (scikit-learn's average_precision_score).
 * Inputs as for `rocAuc`. A class or label without positives is left out of the mean; NaN when none is left.
 */
export function averagePrecision(y: Labels | Matrix, scores: Labels | Matrix): number {
  return meanOverColumns(y, scores, binaryAveragePrecision);
}

/**
 * Mean negative log-likelihood, nats: of the true class, or over samples and labels where `y` is a matrix.
 * @param probabilities [samples, classes], or one probability of class 1 a sample; kept 2⁻⁵² away from 0 and 1
 */
export function logLoss(y: Labels | Matrix, probabilities: Labels | Matrix): number {
  if (isMatrix(y)) {
    if (!isMatrix(probabilities)) throw new RangeError("several labels need [samples, labels] probabilities");
    checkSameShape(y, probabilities);
    return meanOf(Array.from(y.data, (truth, i) => surprise(truth, probabilities.data[i] as number)));
  }
  if (!isMatrix(probabilities)) {
    checkLength(y, probabilities.length);
    return meanOf(Array.from(y, (truth, i) => surprise(truth, probabilities[i] as number)));
  }
  const [rows, columns] = dimensions(probabilities, "probabilities");
  checkLength(y, rows);
  return meanOf(
    Array.from(y, (truth, i) => {
      const p = probabilities.data[i * columns + truth];
      if (p === undefined || truth >= columns) throw new RangeError(`${truth} at ${i} is not among ${columns} classes`);
      return -Math.log(clip(p));
    }),
  );
}

type BinaryMetric = (positive: (i: number) => boolean, scores: Labels) => number;

function meanOverColumns(y: Labels | Matrix, scores: Labels | Matrix, metric: BinaryMetric): number {
  if (isMatrix(y)) {
    if (!isMatrix(scores)) throw new RangeError("several labels need [samples, labels] scores");
    const [, labels] = checkSameShape(y, scores);
    return meanOf(
      defined(
        Array.from({ length: labels }, (_, label) => {
          const truth = column(y, label);
          return metric((i) => truth[i] === 1, column(scores, label));
        }),
      ),
    );
  }
  if (!isMatrix(scores)) {
    checkLength(y, scores.length);
    return metric((i) => y[i] === 1, scores);
  }
  const [rows, classes] = dimensions(scores, "scores");
  checkLength(y, rows);
  if (classes === 2) return metric((i) => y[i] === 1, column(scores, 1));
  return meanOf(defined(Array.from({ length: classes }, (_, c) => metric((i) => y[i] === c, column(scores, c)))));
}

function onePairAtATime(y: Labels, scores: Matrix): number {
  const [rows, classes] = dimensions(scores, "scores");
  checkLength(y, rows);
  const pairs: number[] = [];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const members = Array.from(y, (_, i) => i).filter((i) => y[i] === a || y[i] === b);
      const auc = (c: number) => {
        const own = column(scores, c);
        return binaryAuc(
          (i) => y[members[i] as number] === c,
          Float64Array.from(members, (i) => own[i] as number),
        );
      };
      pairs.push((auc(a) + auc(b)) / 2);
    }
  }
  return meanOf(defined(pairs));
}

/** Mann and Whitney's U over its maximum. */
function binaryAuc(positive: (i: number) => boolean, scores: Labels): number {
  let positives = 0;
  let negatives = 0;
  let wins = 0;
  eachTie(scores, (members) => {
    const hits = members.filter(positive).length;
    const misses = members.length - hits;
    // Scores fall: every positive so far beats these negatives, and ties with those beside it.
    wins += misses * (positives + hits / 2);
    positives += hits;
    negatives += misses;
  });
  return positives === 0 || negatives === 0 ? Number.NaN : wins / (positives * negatives);
}

function binaryAveragePrecision(positive: (i: number) => boolean, scores: Labels): number {
  let seen = 0;
  let hits = 0;
  let sum = 0;
  eachTie(scores, (members) => {
    const found = members.filter(positive).length;
    seen += members.length;
    hits += found;
    sum += found * (hits / seen);
  });
  return hits === 0 ? Number.NaN : sum / hits;
}

/** Groups of equal scores, the highest first. */
function eachTie(scores: Labels, use: (members: number[]) => void): void {
  const order = Array.from(scores, (score, i) => {
    if (Number.isNaN(score)) throw new RangeError(`the score at ${i} is not a number`);
    return i;
  }).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to += 1;
    use(order.slice(from, to));
    from = to;
  }
}

function surprise(truth: number, probability: number): number {
  return -Math.log(clip(truth === 1 ? probability : 1 - probability));
}

function clip(p: number): number {
  return Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON);
}

function defined(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

function checkLength(y: Labels, samples: number): void {
  if (y.length !== samples) throw new RangeError(`${y.length} labels but scores of ${samples} samples`);
}

function checkSameShape(y: Matrix, scores: Matrix): readonly [number, number] {
  const [rows, columns] = dimensions(y, "y");
  const [otherRows, otherColumns] = dimensions(scores, "scores");
  if (rows !== otherRows || columns !== otherColumns) {
    throw new RangeError(`labels [${rows}, ${columns}] beside scores [${otherRows}, ${otherColumns}]`);
  }
  return [rows, columns];
}
