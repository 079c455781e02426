/** Canonical correlations of two sets of features of the same images. */

import { symmetricEigen, symmetricEigenvalues } from "./eigen.js";
import { eachRowProducts } from "./products.js";
import { asRows, type Rows, type Tensor } from "./tensor.js";

export const CCA_VARIANTS = ["svcca", "pwcca", "mean"] as const;
export type CcaVariant = (typeof CCA_VARIANTS)[number];

/** Directions of less variance than this share of the largest are rounding: whitening would make them as loud as any. */
const RANK = 1e-10;

/** A layer's centred features in the directions they vary along. */
export interface Subspace {
  readonly images: number;
  readonly rank: number;
  /** Row i is unit direction i over the images; [rank, images]. */
  readonly basis: Float64Array;
  /** What the features are in that basis; [rank, features]. Kept where projections weigh. */
  readonly loadings: Rows | undefined;
}

export interface SubspaceOptions {
  /** Share of the variance to keep, by its largest directions; 1: all that are not rounding. */
  readonly keep: number;
  /** Whether they will be asked for: by `pwcca`, of the first side. */
  readonly loadings: boolean;
}

export function subspace(features: Tensor, { keep, loadings }: SubspaceOptions): Subspace {
  const { data, rows: n, columns: d } = asRows(features, "the features");
  const turned = centredColumns(data, n, d); // [d, n]
  const byImages = n < d;
  const size = byImages ? n : d;
  const rowsOf: Rows = byImages ? transposed(turned) : turned;
  const gram = new Float64Array(size * size);
  eachRowProducts(rowsOf, rowsOf, "all", (row, from, products) => gram.set(products, row * size + from));
  const { values, vectors } = symmetricEigen(gram, size);
  const rank = keptRank(values, keep);
  const kept: Rows = { data: vectors.subarray(0, rank * size), rows: rank, columns: size };
  let basis = kept.data as Float64Array;
  if (!byImages) {
    basis = product(kept, transposed(turned)); // [rank, d] · [d, n]
    for (let i = 0; i < rank; i++) {
      const scale = 1 / Math.sqrt(values[i] as number);
      for (let j = 0; j < n; j++) basis[i * n + j] = (basis[i * n + j] as number) * scale;
    }
  }
  if (!loadings) return { images: n, rank, basis: Float64Array.from(basis), loadings: undefined };
  const found = product({ data: basis, rows: rank, columns: n }, turned); // rows with rows: [rank, d]
  return { images: n, rank, basis: Float64Array.from(basis), loadings: { data: found, rows: rank, columns: d } };
}

function centredColumns(data: Tensor["data"], n: number, d: number): Rows {
  const turned = new Float64Array(n * d);
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += data[i * d + j] as number;
    const mean = sum / n;
    for (let i = 0; i < n; i++) turned[j * n + i] = (data[i * d + j] as number) - mean;
  }
  return { data: turned, rows: d, columns: n };
}

function transposed({ data, rows, columns }: Rows): Rows {
  const turned = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j] as number;
  return { data: turned, rows: columns, columns: rows };
}

/** a · bᵀ, [a.rows, b.rows]. */
function product(a: Rows, b: Rows): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  eachRowProducts(a, b, "all", (row, from, products) => out.set(products, row * b.rows + from));
  return out;
}

function keptRank(values: Float64Array, keep: number): number {
  const [largest = 0] = values;
  if (!(largest > 0)) return 0;
  const full = values.findIndex((value) => value <= RANK * largest);
  const rank = full < 0 ? values.length : full;
  if (keep >= 1) return rank;
  let total = 0;
  for (let i = 0; i < rank; i++) total += values[i] as number;
  let sum = 0;
  for (let i = 0; i < rank; i++) {
    sum += values[i] as number;
    if (sum >= keep * total) return i + 1;
  }
  return rank;
}

/**
 * `svcca` and `mean`: the mean of the canonical correlations, as many as the smaller side has directions (Raghu et al.
 * 2017, arXiv:1706.05806). `pwcca`: their mean weighted by how much of the first side's features each of its canonical
 * variates makes up, Σⱼ |hᵢ · xⱼ| (Morcos et al. 2018, arXiv:1806.05759). 0 where a side has no direction.
 */
export function canonicalSimilarity(a: Subspace, b: Subspace, variant: CcaVariant): number {
  const count = Math.min(a.rank, b.rank);
  if (count === 0) return 0;
  const between = productOf(a, b);
  if (variant !== "pwcca") {
    const small = a.rank <= b.rank ? between : transposed(between);
    const values = symmetricEigenvalues(product(small, small), count).reverse();
    return Array.from({ length: count }, (_, i) => correlation(values[i] as number)).reduce((x, y) => x + y, 0) / count;
  }
  if (a.loadings === undefined) throw new RangeError("projections weigh, and no loadings were kept");
  const { correlations, variates } = variatesOf(between, count);
  const projections = product(variates, transposed(a.loadings));
  const width = a.loadings.columns;
  let [weighted, weights] = [0, 0];
  correlations.forEach((r, i) => {
    let weight = 0;
    for (let j = 0; j < width; j++) weight += Math.abs(projections[i * width + j] as number);
    weighted += weight * r;
    weights += weight;
  });
  return weighted / weights;
}

/** UᵀV, [a.rank, b.rank]. */
function productOf(a: Subspace, b: Subspace): Rows {
  const first: Rows = { data: a.basis, rows: a.rank, columns: a.images };
  const second: Rows = { data: b.basis, rows: b.rank, columns: b.images };
  return { data: product(first, second), rows: a.rank, columns: b.rank };
}

/** Of a squared correlation, which rounding may put outside. */
function correlation(squared: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, squared)));
}

/** Below this a direction of the other side says too little of the first side's: dividing by it would be noise. */
const FAINT = 1e-6;

/**
 * Left singular vectors of the largest `count` values. From the smaller side's Gram matrix, whose eigenvectors v give
 * u = M v / σ; from the first side's where some σ is too small to divide by.
 */
function variatesOf(
  between: Rows,
  count: number,
): { readonly correlations: readonly number[]; readonly variates: Rows } {
  const { rows, columns } = between;
  if (columns < rows) {
    const turned = transposed(between);
    const { values, vectors } = symmetricEigen(product(turned, turned), columns);
    const correlations = Array.from({ length: count }, (_, i) => correlation(values[i] as number));
    if (correlations.every((r) => r > FAINT)) {
      const data = product({ data: vectors, rows: columns, columns }, between); // [columns, rows]
      correlations.forEach((r, i) => {
        for (let j = 0; j < rows; j++) data[i * rows + j] = (data[i * rows + j] as number) / r;
      });
      return { correlations, variates: { data, rows: count, columns: rows } };
    }
  }
  const { values, vectors } = symmetricEigen(product(between, between), rows);
  const correlations = Array.from({ length: count }, (_, i) => correlation(values[i] as number));
  return { correlations, variates: { data: vectors.subarray(0, count * rows), rows: count, columns: rows } };
}
