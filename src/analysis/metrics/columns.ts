/** Means over columns: one against the rest for several classes, label by label for several labels. */

import {
  type CaseMetric,
  type Counts,
  type LeftOut,
  type Measured,
  numberOf,
  undefinedBecause,
  valued,
} from "./measured.js";
import { dimensions, isMatrix, type Labels, type Matrix } from "./types.js";

/** 1 positive, 0 negative, UNKNOWN: the case says nothing here. */
export type Truth = Int8Array;
export const UNKNOWN = -1;

/** A metric of one column: positives and negatives, and a score each. */
export type BinaryMetric = (truth: Truth, scores: Float64Array) => CaseMetric;

/** Values kept between measurements at most: a byte or four each. Past that, columns are worked out anew each time. */
const MOST_KEPT = 2 ** 26;

export interface Columns {
  readonly of: LeftOut["of"];
  readonly count: number;
  readonly cases: number;
  readonly index?: (column: number) => Pick<LeftOut, "index" | "other">;
  column(index: number): CaseMetric;
}

/** Mean of the columns that have a number; undefined when none has. */
export function meanOverColumns({ of, count, cases, column, index = (i) => ({ index: i }) }: Columns): CaseMetric {
  const kept = new Map<number, CaseMetric>();
  const keeps = count * cases <= MOST_KEPT;
  const metricOf = (i: number): CaseMetric => kept.get(i) ?? column(i);
  return {
    cases,
    measure(counts?: Counts): Measured {
      const leftOut: LeftOut[] = [];
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const metric = metricOf(i);
        if (counts !== undefined && keeps) kept.set(i, metric);
        const measured = metric.measure(counts);
        if (measured.kind === "value") sum += measured.value;
        else leftOut.push({ of, ...index(i), reason: measured.reason });
      }
      const [first] = leftOut;
      if (first !== undefined && leftOut.length === count) {
        return undefinedBecause(count === 1 ? first.reason : `no ${of} has a value of its own: ${first.reason}`);
      }
      return valued(sum / (count - leftOut.length), leftOut);
    },
    withoutEach(): Float64Array {
      const sums = new Float64Array(cases);
      const have = new Float64Array(cases);
      for (let i = 0; i < count; i++) {
        const values = withoutEachOf(metricOf(i));
        for (let c = 0; c < cases; c++) {
          const value = values[c] as number;
          if (Number.isNaN(value)) continue;
          sums[c] = (sums[c] as number) + value;
          have[c] = (have[c] as number) + 1;
        }
      }
      return sums.map((sum, c) => sum / (have[c] as number));
    },
  };
}

/** The metric without case i, for every i; NaN where it is undefined then. */
export function withoutEachOf(metric: CaseMetric): Float64Array {
  if (metric.withoutEach !== undefined) return metric.withoutEach();
  const counts = new Uint8Array(metric.cases).fill(1);
  return Float64Array.from(counts, (_, i) => {
    counts[i] = 0;
    const value = numberOf(metric.measure(counts));
    counts[i] = 1;
    return value;
  });
}

/**
 * A binary metric over whatever truth and scores there are:
 * - labels 0/1 and one score a sample, or two columns of scores: of class 1
 * - class indices and [samples, classes]: the mean over classes, each against the rest
 * - a matrix of zeros and ones (−1: not known) and [samples, labels]: the mean over labels
 * @throws RangeError where shapes do not go together or labels are not of their kind
 */
export function overColumns(y: Labels | Matrix, scores: Labels | Matrix, metric: BinaryMetric): CaseMetric {
  if (isMatrix(y)) {
    if (!isMatrix(scores)) throw new RangeError("several labels need [samples, labels] scores");
    const [cases, count] = sameShape(y, scores);
    const column = (label: number) => metric(truthOf(y, label), columnOf(scores, label));
    return meanOverColumns({ of: "label", count, cases, column });
  }
  if (!isMatrix(scores)) {
    checkLength(y, scores.length);
    return metric(binaryTruth(y), Float64Array.from(scores));
  }
  const [cases, count] = dimensions(scores, "scores");
  checkLength(y, cases);
  checkClasses(y, count);
  if (count === 2) return metric(binaryTruth(y), columnOf(scores, 1));
  const column = (c: number) => metric(oneAgainstRest(y, c), columnOf(scores, c));
  return meanOverColumns({ of: "class", count, cases, column });
}

/** Zeros and ones of one label. @throws RangeError for anything but 0, 1 and −1 */
export function truthOf(y: Matrix, label: number): Truth {
  const [cases = 0, labels = 0] = y.shape;
  const out = new Int8Array(cases);
  for (let i = 0; i < cases; i++) {
    const value = y.data[i * labels + label] as number;
    if (value !== 0 && value !== 1 && value !== UNKNOWN) {
      throw new RangeError(`${value} of label ${label} at ${i} is not 0, 1 or −1 (not known)`);
    }
    out[i] = value;
  }
  return out;
}

/** @throws RangeError for anything but 0 and 1 */
export function binaryTruth(y: Labels): Truth {
  const out = new Int8Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    if (value !== 0 && value !== 1) throw new RangeError(`${value} at ${i} is not 0 or 1`);
    out[i] = value;
  }
  return out;
}

function oneAgainstRest(y: Labels, c: number): Truth {
  const out = new Int8Array(y.length);
  for (let i = 0; i < y.length; i++) out[i] = y[i] === c ? 1 : 0;
  return out;
}

export function columnOf(matrix: Matrix, index: number): Float64Array {
  const [rows = 0, columns = 0] = matrix.shape;
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) out[i] = matrix.data[i * columns + index] as number;
  return out;
}

export function checkLength(y: Labels, samples: number): void {
  if (y.length !== samples) throw new RangeError(`${y.length} labels but scores of ${samples} samples`);
}

export function checkClasses(y: Labels, classes: number): void {
  for (let i = 0; i < y.length; i++) {
    const label = y[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`${label} at ${i} is not among ${classes} classes`);
    }
  }
}

export function sameShape(y: Matrix, scores: Matrix): readonly [number, number] {
  const [rows, columns] = dimensions(y, "y");
  const [otherRows, otherColumns] = dimensions(scores, "scores");
  if (rows !== otherRows || columns !== otherColumns) {
    throw new RangeError(`labels [${rows}, ${columns}] beside scores [${otherRows}, ${otherColumns}]`);
  }
  return [rows, columns];
}
