/** How well a state may transfer to labelled images, told before any training. */

import { symmetricEigen } from "./eigen.js";
import { eachRowProducts } from "./products.js";
import { asRows, type Rows, type Tensor } from "./tensor.js";

/** Of eigenvalues beside the largest. */
const RANK = 1e-12;
const STEPS = 1000;
const CONVERGED = 1e-12;

/**
 * LogME: the greatest log evidence of a Bayesian linear model of each class's indicator on the features, a number an
 * image, mean over classes. Neither features nor labels are centred.
 * @param targets [images, classes] of 0 and 1
 * @source You et al. 2021, arXiv:2102.11005, algorithm 1: α ← γ/mᵀm, β ← (n − γ)/‖Fm − y‖² until α/β stands.
 */
export function logme(features: Tensor, targets: Tensor): number {
  const { data, rows: n, columns: d } = asRows(features, "the features");
  const { data: labels, rows, columns: classes } = asRows(targets, "the targets");
  if (rows !== n) throw new RangeError(`${rows} labels for ${n} images`);
  const columnsOf = (values: Tensor["data"], width: number): Rows => {
    const turned = new Float64Array(n * width);
    for (let i = 0; i < n; i++) for (let j = 0; j < width; j++) turned[j * n + i] = values[i * width + j] as number;
    return { data: turned, rows: width, columns: n };
  };
  const turned = columnsOf(data, d);
  const y = columnsOf(labels, classes);
  const byImages = n < d;
  const side: Rows = byImages ? { data, rows: n, columns: d } : turned;
  const size = byImages ? n : d;
  const gram = new Float64Array(size * size);
  eachRowProducts(side, side, "all", (row, from, products) => gram.set(products, row * size + from));
  const { values, vectors } = symmetricEigen(gram, size);
  const rank = values.filter((value) => value > RANK * (values[0] as number)).length;
  const sigma = values.subarray(0, rank);
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const target = y.data.subarray(c * n, (c + 1) * n);
    sum += evidence(sigma, projections(byImages, { vectors, size, rank, sigma }, turned, target), target) / n;
  }
  return sum / classes;
}

interface Directions {
  readonly vectors: Float64Array;
  readonly size: number;
  readonly rank: number;
  readonly sigma: Float64Array;
}

/** Squares of uᵢ · y, u the left singular vectors. */
function projections(byImages: boolean, { vectors, size, rank, sigma }: Directions, turned: Rows, y: Tensor["data"]) {
  const against = byImages
    ? y
    : Float64Array.from({ length: turned.rows }, (_, j) =>
        dot(turned.data.subarray(j * y.length, (j + 1) * y.length), y),
      );
  return Float64Array.from({ length: rank }, (_, i) => {
    const inner = dot(vectors.subarray(i * size, (i + 1) * size), against);
    return (inner * inner) / (byImages ? 1 : (sigma[i] as number));
  });
}

function dot(a: Tensor["data"], b: Tensor["data"]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Of all images: ½(r ln α + n ln β − Σ ln(α + βσ) − β‖Fm − y‖² − α mᵀm − n ln 2π), r directions with σ > 0. */
function evidence(sigma: Float64Array, x2: Float64Array, y: Tensor["data"]): number {
  const n = y.length;
  const outside = Math.max(0, dot(y, y) - x2.reduce((sum, value) => sum + value, 0));
  let [alpha, beta, norm, residual] = [1, 1, 0, 0];
  for (let step = 0; step < STEPS; step++) {
    const t = alpha / beta;
    let gamma = 0;
    norm = 0;
    residual = outside;
    sigma.forEach((s, i) => {
      const x = x2[i] as number;
      gamma += s / (s + t);
      norm += (s * x) / (t + s) ** 2;
      residual += x * (t / (t + s)) ** 2;
    });
    if (norm === 0 || residual === 0) break;
    alpha = gamma / norm;
    beta = (n - gamma) / residual;
    if (Math.abs(alpha / beta - t) <= CONVERGED * t) break;
  }
  const logs = sigma.reduce((sum, s) => sum + Math.log(alpha) - Math.log(alpha + beta * s), 0);
  return 0.5 * (logs + n * Math.log(beta) - beta * residual - alpha * norm - n * Math.log(2 * Math.PI));
}

/**
 * LEEP: the mean log likelihood of the labels under what the source's own predictions say of them, P̂(y | z) from the
 * images themselves.
 * @param probabilities [images, source classes], of the source's head
 * @source Nguyen et al. 2020, arXiv:2002.12462.
 */
export function leep(probabilities: Tensor, labels: ArrayLike<number>, classes: number): number {
  const { data, rows: n, columns: z } = asRows(probabilities, "the predictions");
  const joint = new Float64Array(classes * z);
  for (let i = 0; i < n; i++) {
    const from = (labels[i] as number) * z;
    for (let s = 0; s < z; s++) joint[from + s] = (joint[from + s] as number) + (data[i * z + s] as number) / n;
  }
  const marginal = new Float64Array(z);
  joint.forEach((value, at) => {
    marginal[at % z] = (marginal[at % z] as number) + value;
  });
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const from = (labels[i] as number) * z;
    let likelihood = 0;
    for (let s = 0; s < z; s++) {
      const all = marginal[s] as number;
      if (all > 0) likelihood += ((joint[from + s] as number) / all) * (data[i * z + s] as number);
    }
    sum += Math.log(likelihood);
  }
  return sum / n;
}
