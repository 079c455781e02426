/** How often each class was taken for each other: what metrics of predicted classes are read off. */

import { type CaseMetric, type Counts, type Measured, numberOf, undefinedBecause } from "./measured.js";
import type { Labels } from "./types.js";

/** Of the classes that occur or are predicted, in order; k of them. */
export interface Confusion {
  /** [k] the classes' own indices. */
  readonly classes: readonly number[];
  /** Cases, counted as often as they count. */
  readonly total: number;
  /** [k, k], row-major: counts[true · k + predicted] */
  readonly counts: Float64Array;
  /** [k] how often each is true. */
  readonly actual: Float64Array;
  /** [k] how often each is predicted. */
  readonly predicted: Float64Array;
}

/**
 * A metric that is a function of the confusion table.
 * @throws RangeError where the two differ in length, are empty, or hold what is no class index
 */
export function confusionMetric(y: Labels, predicted: Labels, value: (table: Confusion) => Measured): CaseMetric {
  const { classes, cells } = cellsOf(y, predicted);
  const cases = cells.length;
  const measured = (table: Confusion): Measured =>
    table.total === 0 ? undefinedBecause("there are no cases") : value(table);
  return {
    cases,
    measure: (counts) => measured(tabulate(classes, cells, counts)),
    withoutEach: () => {
      const all = tabulate(classes, cells);
      const known = new Map<number, number>();
      return Float64Array.from(cells, (cell) => {
        const before = known.get(cell);
        if (before !== undefined) return before;
        const now = numberOf(measured(without(all, cell)));
        known.set(cell, now);
        return now;
      });
    },
  };
}

export function right(table: Confusion, c: number): number {
  return table.counts[c * table.classes.length + c] as number;
}

/** Positions of the classes that occur, or that occur or are predicted. */
export function present(table: Confusion, where: "actual" | "either"): number[] {
  return Array.from(table.classes.keys()).filter(
    (c) => table.actual[c] !== 0 || (where === "either" && table.predicted[c] !== 0),
  );
}

const MOST_CLASS = 1e6;

/** The cell of the table each case falls into. */
function cellsOf(y: Labels, predicted: Labels): { classes: readonly number[]; cells: Int32Array } {
  if (y.length !== predicted.length) throw new RangeError(`${y.length} labels but ${predicted.length} predictions`);
  if (y.length === 0) throw new RangeError("there are no samples");
  const found = new Set<number>();
  for (const labels of [y, predicted]) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i] as number;
      if (!Number.isInteger(label) || label < 0 || label > MOST_CLASS) {
        throw new RangeError(`${label} at ${i} is no class index`);
      }
      found.add(label);
    }
  }
  const classes = [...found].sort((a, b) => a - b);
  const at = new Map(classes.map((label, position) => [label, position]));
  const cells = new Int32Array(y.length);
  for (let i = 0; i < y.length; i++) {
    cells[i] = (at.get(y[i] as number) ?? 0) * classes.length + (at.get(predicted[i] as number) ?? 0);
  }
  return { classes, cells };
}

function tabulate(classes: readonly number[], cells: Int32Array, times?: Counts): Confusion {
  const k = classes.length;
  const counts = new Float64Array(k * k);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as number;
    counts[cell] = (counts[cell] as number) + (times === undefined ? 1 : (times[i] as number));
  }
  return withSums(classes, counts);
}

function withSums(classes: readonly number[], counts: Float64Array): Confusion {
  const k = classes.length;
  const actual = new Float64Array(k);
  const predicted = new Float64Array(k);
  let total = 0;
  for (let t = 0; t < k; t++) {
    for (let p = 0; p < k; p++) {
      const count = counts[t * k + p] as number;
      actual[t] = (actual[t] as number) + count;
      predicted[p] = (predicted[p] as number) + count;
      total += count;
    }
  }
  return { classes, total, counts, actual, predicted };
}

function without(all: Confusion, cell: number): Confusion {
  const counts = all.counts.slice();
  counts[cell] = (counts[cell] as number) - 1;
  return withSums(all.classes, counts);
}
