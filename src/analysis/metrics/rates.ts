/** Shares of called and uncalled cases of one column, and their means over labels. */

import { binaryTruth, checkLength, meanOverColumns, sameShape, type Truth, truthOf, UNKNOWN } from "./columns.js";
import { type CaseMetric, type Counts, type Measured, numberOf, undefinedBecause } from "./measured.js";
import { isMatrix, type Labels, type Matrix } from "./types.js";

export interface Rates {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/**
 * A metric of what was called positive: of 0/1 labels and calls, or the mean over the labels of two matrices.
 * @throws RangeError where the two are not of one kind and shape, or are not zeros and ones (y: or −1)
 */
export function ratesMetric(
  y: Labels | Matrix,
  called: Labels | Matrix,
  value: (rates: Rates) => Measured,
): CaseMetric {
  if (isMatrix(y) !== isMatrix(called)) throw new RangeError("y and predicted must be of one kind");
  if (isMatrix(y) && isMatrix(called)) {
    const [cases, count] = sameShape(y, called);
    const column = (label: number) => binaryRates(truthOf(y, label), truthOf(called, label), value);
    return meanOverColumns({ of: "label", count, cases, column });
  }
  const [truth, calls] = [y as Labels, called as Labels];
  checkLength(truth, calls.length);
  return binaryRates(binaryTruth(truth), binaryTruth(calls), value);
}

/** Cases by 2 · truth + call; 4 for those not known. */
const NOT_KNOWN = 4;

function binaryRates(truth: Truth, called: Truth, value: (rates: Rates) => Measured): CaseMetric {
  const unread = called.length > 0 && called.every((call) => call === UNKNOWN);
  const cells = truth.map((label, i) =>
    label === UNKNOWN || called[i] === UNKNOWN ? NOT_KNOWN : 2 * label + (called[i] as number),
  );
  const measured = (table: Float64Array): Measured => {
    if (unread) return undefinedBecause("it has no threshold");
    const [trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0] = table;
    const known = trueNegatives + falsePositives + falseNegatives + truePositives;
    if (known === 0) return undefinedBecause("there are no cases");
    return value({ truePositives, falsePositives, trueNegatives, falseNegatives });
  };
  const tabulate = (counts?: Counts): Float64Array => {
    const table = new Float64Array(NOT_KNOWN + 1);
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] as number;
      table[cell] = (table[cell] as number) + (counts === undefined ? 1 : (counts[i] as number));
    }
    return table;
  };
  return {
    cases: truth.length,
    measure: (counts) => measured(tabulate(counts)),
    withoutEach() {
      const all = tabulate();
      const each = all.map((_, cell) =>
        numberOf(measured(all.map((count, other) => (other === cell ? count - 1 : count)))),
      );
      return Float64Array.from(cells, (cell) => each[cell] as number);
    },
  };
}

/**
 * Zeros and ones: positive where the score is at least the threshold, one for all or one a label; −1 where the threshold
 * is NaN, there being none.
 * @throws RangeError where thresholds are neither one nor one a label
 */
export function atThreshold(scores: Matrix, thresholds: readonly number[]): Matrix;
export function atThreshold(scores: Labels, thresholds: readonly number[]): Int8Array;
export function atThreshold(scores: Labels | Matrix, thresholds: readonly number[]): Int8Array | Matrix {
  const columns = isMatrix(scores) ? (scores.shape[1] ?? 0) : 1;
  if (thresholds.length !== 1 && thresholds.length !== columns) {
    throw new RangeError(`${thresholds.length} thresholds for ${columns} labels`);
  }
  const values = isMatrix(scores) ? scores.data : scores;
  const data = new Int8Array(values.length);
  for (let i = 0; i < data.length; i++) {
    const at = thresholds[thresholds.length === 1 ? 0 : i % columns] as number;
    data[i] = Number.isNaN(at) ? UNKNOWN : (values[i] as number) >= at ? 1 : 0;
  }
  return isMatrix(scores) ? { data, shape: scores.shape } : data;
}

export interface CallOptions {
  /** What is called is scores then: positive where they are at least this, one for all or one a label. */
  readonly threshold?: number | readonly number[];
}

export function callsOf(called: Labels | Matrix, { threshold }: CallOptions): Labels | Matrix {
  if (threshold === undefined) return called;
  const thresholds = typeof threshold === "number" ? [threshold] : threshold;
  return isMatrix(called) ? atThreshold(called, thresholds) : atThreshold(called, thresholds);
}
