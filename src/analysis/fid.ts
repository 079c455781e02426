/** Distances between two sets of images, given as features. */

import { symmetricEigenvalues } from "./eigen.js";
import { MomentSums, type Moments } from "./moments.js";
import { eachRowProducts } from "./products.js";
import { semidefiniteFactor } from "./semidefinite.js";
import { asRows, type Rows, type Tensor } from "./tensor.js";

/**
 * Fréchet distance of two Gaussians fitted to features [n, D] and [m, D]:
 * ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), covariances with n − 1. With Inception-v3's pooled features (D = 2,048) this is
 * the FID; with n ≤ D a covariance has not full rank and the distance is biased: prefer `kid`.
 * @source Heusel et al., NeurIPS 2017, arXiv:1706.08500.
 */
export function fid(p: Tensor, q: Tensor): number {
  pair(p, q, 2);
  return frechetDistance(momentsOf(p), momentsOf(q));
}

function momentsOf(features: Tensor): Moments {
  const sums = new MomentSums();
  sums.see(features);
  return sums.moments();
}

/** The same of means and covariances, as features that are streamed leave them. */
export function frechetDistance(p: Moments, q: Moments): number {
  if (p.width !== q.width) throw new RangeError(`features of ${p.width} and of ${q.width} numbers`);
  const { width } = p;
  let value = 0;
  for (let j = 0; j < width; j++) {
    const at = j * width + j;
    value += ((p.mean[j] as number) - (q.mean[j] as number)) ** 2;
    value += (p.covariance[at] as number) + (q.covariance[at] as number);
  }
  const root = traceOfRoot(Float64Array.from(p.covariance), Float64Array.from(q.covariance), width);
  return Math.max(0, value - 2 * root);
}

export interface KidOptions {
  /** Of the kernel (x·y / D + 1)^degree. */
  readonly degree?: number;
}

/**
 * Kernel inception distance: the unbiased squared maximum mean discrepancy with the kernel (x·y / D + 1)³, over all
 * pairs. May be slightly negative where the sets are alike.
 * @source Bińkowski et al., ICLR 2018, arXiv:1801.01401.
 */
export function kid(p: Tensor, q: Tensor, { degree = 3 }: KidOptions = {}): number {
  const [a, b] = pair(p, q, 2);
  const kernel = (product: number) => (product / a.columns + 1) ** degree;
  return withinMean(a, kernel) + withinMean(b, kernel) - 2 * acrossMean(a, b, kernel);
}

function pair(p: Tensor, q: Tensor, least: number): readonly [Rows, Rows] {
  const [a, b] = [asRows(p, "p"), asRows(q, "q")];
  if (a.columns !== b.columns) throw new RangeError(`features of ${a.columns} and of ${b.columns} numbers`);
  if (Math.min(a.rows, b.rows) < least) throw new RangeError(`both sets need at least ${least} images`);
  return [a, b];
}

/** Tr (AB)^½ = Σ √λ(F B Fᵀ) with A = Fᵀ F, which is symmetric where AB is not. Overwrites both. */
function traceOfRoot(a: Float64Array, b: Float64Array, width: number): number {
  const factor: Rows = { ...semidefiniteFactor(a, width), columns: width };
  if (factor.rows === 0) return 0;
  const right: Rows = { data: b, rows: width, columns: width };
  const half = new Float64Array(factor.rows * width);
  eachRowProducts(factor, right, "all", (row, _from, products) => half.set(products, row * width));
  const middle = new Float64Array(factor.rows ** 2);
  eachRowProducts({ data: half, rows: factor.rows, columns: width }, factor, "all", (row, _from, products) =>
    middle.set(products, row * factor.rows),
  );
  return symmetricEigenvalues(middle, factor.rows).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

function withinMean(rows: Rows, kernel: (product: number) => number): number {
  let sum = 0;
  eachRowProducts(rows, rows, "all", (row, _from, products) => {
    for (let j = 0; j < products.length; j++) if (j !== row) sum += kernel(products[j] as number);
  });
  return sum / (rows.rows * (rows.rows - 1));
}

function acrossMean(a: Rows, b: Rows, kernel: (product: number) => number): number {
  let sum = 0;
  eachRowProducts(a, b, "all", (_row, _from, products) => {
    for (const product of products) sum += kernel(product);
  });
  return sum / (a.rows * b.rows);
}
