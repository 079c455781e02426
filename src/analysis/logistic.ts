/** Logistic regression on features: the linear probe. */

import { minimize } from "./lbfgs.js";
import type { Matrix } from "./metrics/types.js";
import { asRows, type Tensor } from "./tensor.js";

export interface LogisticOptions {
  readonly classes: number;
  /** Half of it times the squared length of the weights is added to the mean loss; offsets are free. */
  readonly l2: number;
  /** Largest entry of the gradient at which the fit is done. */
  readonly tolerance?: number;
  readonly steps?: number;
}

/** A part of the training features and where in the set it begins. */
export interface FeaturePart {
  readonly from: number;
  readonly features: Tensor;
}

export interface LogisticFit {
  /** [classes, width] */
  readonly weights: Float64Array;
  readonly offsets: Float64Array;
  /** Whether the gradient came below the tolerance. */
  readonly converged: boolean;
}

export const LOGISTIC_TOLERANCE = 1e-6;
const MOST_STEPS = 1000;

/** n class indices, or [n, classes] zeros and ones: then each label has a regression of its own. */
export type LogisticLabels = ArrayLike<number> | Matrix;

/**
 * Multinomial (softmax) or, for several labels an image, independent logistic regression, by L-BFGS in double precision.
 * The mean loss is that of scikit-learn's `LogisticRegression` with C = 1 / (l2 · n).
 * @param parts the training features, afresh at every call: they are gone through once an evaluation, a part in memory
 */
export function fitLogistic(
  parts: () => Iterable<FeaturePart>,
  { images, width }: { readonly images: number; readonly width: number },
  labels: LogisticLabels,
  options: LogisticOptions,
): LogisticFit {
  const { classes, l2, tolerance = LOGISTIC_TOLERANCE, steps = MOST_STEPS } = options;
  if (!(l2 >= 0)) throw new RangeError(`l2 must be 0 or more, not ${l2}`);
  const truth = truthOf(labels, images, classes);
  const count = classes * width;
  const found = minimize(
    new Float64Array(count + classes),
    (point, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (const part of parts()) loss += addPart(part, point, gradient, truth, classes);
      for (let i = 0; i < gradient.length; i++) gradient[i] = (gradient[i] as number) / images;
      let squares = 0;
      for (let i = 0; i < count; i++) {
        const weight = point[i] as number;
        squares += weight * weight;
        gradient[i] = (gradient[i] as number) + l2 * weight;
      }
      return loss / images + (l2 / 2) * squares;
    },
    { tolerance, steps },
  );
  return {
    weights: found.point.slice(0, count),
    offsets: found.point.slice(count),
    converged: found.converged,
  };
}

/** [n, classes] probabilities: rows sum to 1 where classes exclude each other. */
export function logisticScores(
  { weights, offsets }: Pick<LogisticFit, "weights" | "offsets">,
  features: Tensor,
  several: boolean,
): Float64Array {
  const { data, rows, columns } = asRows(features, "the features");
  const classes = offsets.length;
  const out = new Float64Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    const scores = out.subarray(i * classes, (i + 1) * classes);
    scoresOf(data, i * columns, columns, weights, offsets, scores);
    if (several) for (let c = 0; c < classes; c++) scores[c] = sigmoid(scores[c] as number);
    else softmax(scores);
  }
  return out;
}

interface Truth {
  readonly several: boolean;
  /** 1 where the image has the class. */
  has(image: number, label: number): number;
}

function truthOf(labels: LogisticLabels, images: number, classes: number): Truth {
  if ("data" in labels) {
    if (labels.data.length !== images * classes)
      throw new RangeError(`${labels.data.length} labels of ${images} images`);
    return { several: true, has: (image, label) => (labels.data[image * classes + label] === 1 ? 1 : 0) };
  }
  if (labels.length !== images) throw new RangeError(`${images} images but ${labels.length} labels`);
  for (let i = 0; i < images; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`label ${label} at ${i} is not among ${classes} classes`);
    }
  }
  return { several: false, has: (image, label) => (labels[image] === label ? 1 : 0) };
}

/** Adds a part's loss and gradient, sums over its images. */
function addPart(
  { from, features }: FeaturePart,
  point: Float64Array,
  gradient: Float64Array,
  truth: Truth,
  classes: number,
): number {
  const { data, rows, columns } = asRows(features, "the features");
  const count = classes * columns;
  const [weights, offsets] = [point.subarray(0, count), point.subarray(count)];
  const scores = new Float64Array(classes);
  let loss = 0;
  for (let i = 0; i < rows; i++) {
    scoresOf(data, i * columns, columns, weights, offsets, scores);
    loss += truth.several ? sigmoidErrors(scores, from + i, truth) : softmaxErrors(scores, from + i, truth);
    for (let c = 0; c < classes; c++) {
      const error = scores[c] as number;
      gradient[count + c] = (gradient[count + c] as number) + error;
      const row = c * columns;
      const at = i * columns;
      for (let j = 0; j < columns; j++) {
        gradient[row + j] = (gradient[row + j] as number) + error * (data[at + j] as number);
      }
    }
  }
  return loss;
}

function scoresOf(
  data: Tensor["data"],
  at: number,
  columns: number,
  weights: Float64Array,
  offsets: Float64Array,
  out: Float64Array,
): void {
  for (let c = 0; c < out.length; c++) {
    let sum = offsets[c] as number;
    const row = c * columns;
    for (let j = 0; j < columns; j++) sum += (weights[row + j] as number) * (data[at + j] as number);
    out[c] = sum;
  }
}

/** Scores become p − y; the loss is −log p of the class. */
function softmaxErrors(scores: Float64Array, image: number, truth: Truth): number {
  let own = 0;
  for (let c = 0; c < scores.length; c++) if (truth.has(image, c) === 1) own = scores[c] as number;
  const normalizer = softmax(scores);
  for (let c = 0; c < scores.length; c++) scores[c] = (scores[c] as number) - truth.has(image, c);
  return normalizer - own;
}

/** The sum over labels of binary cross-entropies. */
function sigmoidErrors(scores: Float64Array, image: number, truth: Truth): number {
  let loss = 0;
  for (let c = 0; c < scores.length; c++) {
    const score = scores[c] as number;
    const y = truth.has(image, c);
    loss += Math.max(score, 0) - y * score + Math.log1p(Math.exp(-Math.abs(score)));
    scores[c] = sigmoid(score) - y;
  }
  return loss;
}

/** In place; the logarithm of the sum of exponentials. */
function softmax(scores: Float64Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const score of scores) highest = Math.max(highest, score);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) {
    const value = Math.exp((scores[c] as number) - highest);
    scores[c] = value;
    sum += value;
  }
  for (let c = 0; c < scores.length; c++) scores[c] = (scores[c] as number) / sum;
  return highest + Math.log(sum);
}

function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}
