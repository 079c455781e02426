/** Classification by weighted nearest neighbours. */

import { eachRowProducts } from "./products.js";
import { asRows, type Rows, type Tensor } from "./tensor.js";

export interface KnnOptions {
  /** Neighbours that vote; at most the bank's size. */
  readonly k: number;
  /** A neighbour votes with exp(similarity / temperature). */
  readonly temperature: number;
  readonly classes: number;
}

export interface KnnResult {
  /** Share of the votes, [queries, classes]; rows sum to 1. */
  readonly scores: { readonly data: Float64Array; readonly shape: readonly [number, number] };
  /** The class with most votes, the lower one of two that are equal. */
  readonly predicted: Int32Array;
}

/**
 * Weighted k-nearest-neighbour votes by cosine similarity. A vector of zeros has similarity 0 with everything; of equally
 * similar neighbours the one earlier in the bank is nearer.
 * @param bank [n, …] features, flattened after the first axis
 * @param labels n class indices
 * @param query [m, …] features
 * @source Wu et al., "Unsupervised feature learning via non-parametric instance discrimination", CVPR 2018.
 */
export function knn(bank: Tensor, labels: ArrayLike<number>, query: Tensor, options: KnnOptions): KnnResult {
  const known = unitRows(asRows(bank, "the bank"));
  const asked = unitRows(asRows(query, "the query"));
  check(known, labels, options);
  const scores = new Float64Array(asked.rows * options.classes);
  const predicted = new Int32Array(asked.rows);
  eachRowProducts(asked, known, "all", (row, _from, similarity) => {
    const votes = scores.subarray(row * options.classes, (row + 1) * options.classes);
    vote(similarity, labels, options, votes);
    predicted[row] = votes.indexOf(Math.max(...votes));
  });
  return { scores: { data: scores, shape: [asked.rows, options.classes] }, predicted };
}

function check(bank: Rows, labels: ArrayLike<number>, { k, temperature, classes }: KnnOptions): void {
  if (labels.length !== bank.rows)
    throw new RangeError(`${bank.rows} features in the bank but ${labels.length} labels`);
  if (!Number.isInteger(k) || k < 1 || k > bank.rows) {
    throw new RangeError(`k must be a whole number between 1 and the bank's ${bank.rows}, not ${k}`);
  }
  if (!(temperature > 0)) throw new RangeError(`the temperature must be above 0, not ${temperature}`);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`label ${label} at ${i} is not among ${classes} classes`);
    }
  }
}

function vote(similarity: Float64Array, labels: ArrayLike<number>, options: KnnOptions, votes: Float64Array): void {
  const nearest = largest(similarity, options.k);
  // Relative to the nearest, so that no weight overflows; the share of votes is the same.
  const top = similarity[nearest[0] as number] as number;
  let total = 0;
  for (const neighbour of nearest) {
    const weight = Math.exp(((similarity[neighbour] as number) - top) / options.temperature);
    const label = labels[neighbour] as number;
    votes[label] = (votes[label] as number) + weight;
    total += weight;
  }
  for (let c = 0; c < votes.length; c++) votes[c] = (votes[c] as number) / total;
}

/** Indices of the `k` largest values, largest first, equal ones by index. A bounded heap whose root is the worst kept. */
function largest(values: Float64Array, k: number): Int32Array {
  const worse = (a: number, b: number) => {
    const difference = (values[a] as number) - (values[b] as number);
    return difference < 0 || (difference === 0 && a > b);
  };
  const heap = new Int32Array(k);
  const sink = (item: number, size: number) => {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && worse(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!worse(heap[child] as number, item)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = item;
  };
  for (let i = 0; i < k; i++) {
    let at = i;
    while (at > 0 && worse(i, heap[(at - 1) >> 1] as number)) {
      heap[at] = heap[(at - 1) >> 1] as number;
      at = (at - 1) >> 1;
    }
    heap[at] = i;
  }
  for (let i = k; i < values.length; i++) if (worse(heap[0] as number, i)) sink(i, k);
  return heap.sort((a, b) => (worse(b, a) ? -1 : 1));
}

function unitRows(rows: Rows): Rows {
  const data = new Float64Array(rows.data.length);
  for (let i = 0; i < rows.rows; i++) {
    let squares = 0;
    for (let j = i * rows.columns; j < (i + 1) * rows.columns; j++) squares += (rows.data[j] as number) ** 2;
    const norm = Math.sqrt(squares);
    if (norm === 0) continue;
    for (let j = i * rows.columns; j < (i + 1) * rows.columns; j++) data[j] = (rows.data[j] as number) / norm;
  }
  return { ...rows, data };
}
