/** Metrics of predicted classes. All read off the confusion matrix; samples count alike. */

import { column, dimensions, isMatrix, type Labels, type Matrix, meanOf } from "./types.js";

interface Confusion {
  readonly classes: number;
  readonly samples: number;
  /** counts[true · classes + predicted] */
  readonly counts: Float64Array;
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
}

/** Share of samples whose predicted class is right. */
export function accuracy(y: Labels, predicted: Labels): number {
  const { classes, samples, counts } = confusion(y, predicted);
  let right = 0;
  for (let c = 0; c < classes; c++) right += counts[c * classes + c] as number;
  return right / samples;
}

/** Mean of the recalls of the classes that occur in `y` (scikit-learn's balanced_accuracy_score). */
export function balancedAccuracy(y: Labels, predicted: Labels): number {
  const table = confusion(y, predicted);
  return meanOf(present(table, "actual").map((c) => right(table, c) / (table.actual[c] as number)));
}

/** Mean of the recalls of the classes that occur in `y`; another name of `balancedAccuracy`. */
export const macroRecall = balancedAccuracy;

/** Mean of the precisions of the classes that occur in `y` or are predicted; 0 for a class never predicted. */
export function macroPrecision(y: Labels, predicted: Labels): number {
  const table = confusion(y, predicted);
  return meanOf(
    present(table, "either").map((c) => {
      const times = table.predicted[c] as number;
      return times === 0 ? 0 : right(table, c) / times;
    }),
  );
}

/**
 * Mean of the F1 of the classes that occur in `y` or are predicted. With matrices of zeros and ones [samples, labels]:
 * mean over labels, 0 for a label that neither occurs nor is predicted.
 */
export function macroF1(y: Labels | Matrix, predicted: Labels | Matrix): number {
  if (isMatrix(y) !== isMatrix(predicted)) throw new RangeError("y and predicted must be of one kind");
  if (isMatrix(y) && isMatrix(predicted)) return multilabelF1(y, predicted);
  const table = confusion(y as Labels, predicted as Labels);
  return meanOf(
    present(table, "either").map(
      (c) => (2 * right(table, c)) / ((table.actual[c] as number) + (table.predicted[c] as number)),
    ),
  );
}

/** Cohen's kappa: agreement beyond chance. NaN where chance alone agrees fully, i.e. one class is all there is. */
export function kappa(y: Labels, predicted: Labels): number {
  return weightedKappa(confusion(y, predicted), (i, j) => (i === j ? 0 : 1));
}

/**
 * Cohen's kappa with weights (i − j)², for ordered classes. Weights go by class index, so a class that does not occur
 * keeps its place (scikit-learn with `labels` given). NaN where one class is all there is.
 */
export function quadraticKappa(y: Labels, predicted: Labels): number {
  return weightedKappa(confusion(y, predicted), (i, j) => (i - j) ** 2);
}

function weightedKappa(table: Confusion, weight: (i: number, j: number) => number): number {
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < table.classes; i++) {
    for (let j = 0; j < table.classes; j++) {
      const w = weight(i, j);
      observed += w * (table.counts[i * table.classes + j] as number);
      expected += (w * (table.actual[i] as number) * (table.predicted[j] as number)) / table.samples;
    }
  }
  return expected === 0 ? Number.NaN : 1 - observed / expected;
}

function multilabelF1(y: Matrix, predicted: Matrix): number {
  const [rows, columns] = dimensions(y, "y");
  const [otherRows, otherColumns] = dimensions(predicted, "predicted");
  if (rows !== otherRows || columns !== otherColumns) throw new RangeError("y and predicted must have one shape");
  const f1 = Array.from({ length: columns }, (_, label) => {
    const truth = column(y, label);
    const guess = column(predicted, label);
    let both = 0;
    let either = 0;
    for (let i = 0; i < rows; i++) {
      both += (truth[i] as number) * (guess[i] as number);
      either += (truth[i] as number) + (guess[i] as number);
    }
    return either === 0 ? 0 : (2 * both) / either;
  });
  return meanOf(f1);
}

function confusion(y: Labels, predicted: Labels): Confusion {
  if (y.length !== predicted.length) throw new RangeError(`${y.length} labels but ${predicted.length} predictions`);
  if (y.length === 0) throw new RangeError("there are no samples");
  let classes = 0;
  for (const labels of [y, predicted]) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i] as number;
      if (!Number.isInteger(label) || label < 0 || label > 1e6)
        throw new RangeError(`${label} at ${i} is no class index`);
      classes = Math.max(classes, label + 1);
    }
  }
  const counts = new Float64Array(classes * classes);
  const actual = new Float64Array(classes);
  const guessed = new Float64Array(classes);
  for (let i = 0; i < y.length; i++) {
    const [t, p] = [y[i] as number, predicted[i] as number];
    counts[t * classes + p] = (counts[t * classes + p] as number) + 1;
    actual[t] = (actual[t] as number) + 1;
    guessed[p] = (guessed[p] as number) + 1;
  }
  return { classes, samples: y.length, counts, actual, predicted: guessed };
}

function right(table: Confusion, c: number): number {
  return table.counts[c * table.classes + c] as number;
}

function present(table: Confusion, where: "actual" | "either"): number[] {
  return Array.from({ length: table.classes }, (_, c) => c).filter(
    (c) => table.actual[c] !== 0 || (where === "either" && table.predicted[c] !== 0),
  );
}
