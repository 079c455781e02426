/** Gram matrices n × n of n samples, kept as their upper triangle, and how each CKA estimator centres them. */

import { eachRowProducts } from "./products.js";
import type { Rows } from "./tensor.js";

export interface Gram {
  readonly samples: number;
  /** Row by row, the diagonal first: n + (n − 1) + … + 1 numbers. */
  readonly upper: Float64Array;
}

export function emptyGram(samples: number): Gram {
  return { samples, upper: new Float64Array((samples * (samples + 1)) / 2) };
}

/** K = X Xᵀ. Columns are centred first: every estimator is blind to it, and small differences survive rounding. */
export function gramOf(rows: Rows): Gram {
  const gram = emptyGram(rows.rows);
  const centred = centreColumns(rows);
  eachRowProducts(centred, centred, "upper", (row, from, products) => {
    gram.upper.set(products.subarray(row - from), rowStart(gram.samples, row));
  });
  return gram;
}

/** Adds a full n × n product computed elsewhere, e.g. of some of the columns. */
export function addToGram(gram: Gram, product: Float32Array | Float64Array): void {
  const n = gram.samples;
  let at = 0;
  for (let row = 0; row < n; row++) {
    for (let column = row; column < n; column++) {
      gram.upper[at] = (gram.upper[at] as number) + (product[row * n + column] as number);
      at += 1;
    }
  }
}

/** A column of one value only becomes exact zeros: what rounding leaves of it would pass for a feature. */
function centreColumns(rows: Rows): Rows {
  const means = columnMeans(rows);
  const data = new Float64Array(rows.data.length);
  for (let i = 0; i < rows.rows; i++) {
    for (let j = 0; j < rows.columns; j++) {
      const at = i * rows.columns + j;
      data[at] = (rows.data[at] as number) - (means[j] as number);
    }
  }
  return { ...rows, data };
}

/** The mean of every column; of a column of one value only, that value to the bit. */
export function columnMeans({ data, rows, columns }: Rows): Float64Array {
  const sums = new Float64Array(columns);
  const varies = new Uint8Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = data[i * columns + j] as number;
      sums[j] = (sums[j] as number) + value;
      if (value !== data[j]) varies[j] = 1;
    }
  }
  return sums.map((sum, j) => (varies[j] === 1 ? sum / rows : (data[j] as number)));
}

/**
 * Centring of the biased HSIC: K ← HKH, H = I − 11ᵀ/n. Source: Gretton et al., ALT 2005.
 */
export function centreBiased(gram: Gram): Gram {
  const n = gram.samples;
  const sums = rowSums(gram, "with-diagonal");
  const total = sums.reduce((sum, value) => sum + value, 0);
  return map(gram, (value, i, j) => value - ((sums[i] as number) + (sums[j] as number)) / n + total / (n * n));
}

/**
 * Centring of the unbiased HSIC: the diagonal is zeroed, row means are over n − 2 and the grand mean over
 * (n − 1)(n − 2). Needs n ≥ 4. Sources: Song et al., JMLR 13, 2012; Székely and Rizzo, Annals of Statistics 42, 2014.
 */
export function centreUnbiased(gram: Gram): Gram {
  const n = gram.samples;
  if (n < 4) throw new RangeError(`unbiased CKA needs at least 4 samples, not ${n}`);
  const sums = rowSums(gram, "without-diagonal");
  const total = sums.reduce((sum, value) => sum + value, 0);
  const grand = total / ((n - 1) * (n - 2));
  return map(gram, (value, i, j) =>
    i === j ? 0 : value - ((sums[i] as number) + (sums[j] as number)) / (n - 2) + grand,
  );
}

/** Sum over all n² pairs of the products of two centred Gram matrices. */
export function gramInner(a: Gram, b: Gram): number {
  if (a.samples !== b.samples) throw new RangeError(`${a.samples} samples beside ${b.samples}`);
  let all = 0;
  let diagonal = 0;
  for (let i = 0; i < a.upper.length; i++) all += (a.upper[i] as number) * (b.upper[i] as number);
  for (let row = 0; row < a.samples; row++) {
    const at = rowStart(a.samples, row);
    diagonal += (a.upper[at] as number) * (b.upper[at] as number);
  }
  return 2 * all - diagonal;
}

function rowStart(n: number, row: number): number {
  return row * n - (row * (row - 1)) / 2;
}

function rowSums(gram: Gram, diagonal: "with-diagonal" | "without-diagonal"): Float64Array {
  const n = gram.samples;
  const sums = new Float64Array(n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const own = gram.upper[at++] as number;
    let sum = diagonal === "with-diagonal" ? own : 0;
    for (let j = i + 1; j < n; j++) {
      const value = gram.upper[at++] as number;
      sum += value;
      sums[j] = (sums[j] as number) + value;
    }
    sums[i] = (sums[i] as number) + sum;
  }
  return sums;
}

function map(gram: Gram, change: (value: number, row: number, column: number) => number): Gram {
  const out = emptyGram(gram.samples);
  let at = 0;
  for (let i = 0; i < gram.samples; i++) {
    for (let j = i; j < gram.samples; j++) {
      out.upper[at] = change(gram.upper[at] as number, i, j);
      at += 1;
    }
  }
  return out;
}
