/** Classification by weighted nearest neighbours. */

import type { Matrix } from "./metrics/types.js";
import { Nearest } from "./nearest.js";
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
  /**
   * Share of the votes, [queries, classes]. Of classes that exclude each other rows sum to 1; of several labels an image
   * each is the share of the votes that have the label.
   */
  readonly scores: { readonly data: Float64Array; readonly shape: readonly [number, number] };
  /** The class with most votes, the lower one of two that are equal; of several labels the one that most have. */
  readonly predicted: Int32Array;
}

/** n class indices, or [n, classes] zeros and ones where an image has several labels. */
export type KnnLabels = ArrayLike<number> | Matrix;

/**
 * Weighted k-nearest-neighbour votes by cosine similarity. A vector of zeros has similarity 0 with everything; of equally
 * similar neighbours the one earlier in the bank is nearer.
 * @param bank [n, …] features, flattened after the first axis
 * @param query [m, …] features
 * @source Wu et al., "Unsupervised feature learning via non-parametric instance discrimination", CVPR 2018.
 */
export function knn(bank: Tensor, labels: KnnLabels, query: Tensor, options: KnnOptions): KnnResult {
  const known = asRows(bank, "the bank");
  const votes = new KnnVotes(query, known.rows, options);
  votes.see(bank);
  return votes.result(labels);
}

/** The same of a bank that is seen a part at a time, so that it need never be in memory as a whole. */
export class KnnVotes {
  readonly #asked: Rows;
  readonly #nearest: Nearest;
  #seen = 0;

  /** @param images of the whole bank */
  constructor(
    query: Tensor,
    readonly images: number,
    readonly options: KnnOptions,
  ) {
    const { k, temperature } = options;
    if (!Number.isInteger(k) || k < 1 || k > images) {
      throw new RangeError(`k must be a whole number between 1 and the bank's ${images}, not ${k}`);
    }
    if (!(temperature > 0)) throw new RangeError(`the temperature must be above 0, not ${temperature}`);
    this.#asked = unitRows(asRows(query, "the query"));
    this.#nearest = new Nearest(this.#asked.rows, k);
  }

  /** The next images of the bank. */
  see(part: Tensor): void {
    const rows = asRows(part, "the bank");
    const from = this.#seen;
    this.#seen += rows.rows;
    if (this.#seen > this.images) throw new RangeError(`the bank has more than its ${this.images} images`);
    eachRowProducts(this.#asked, unitRows(rows), "all", (row, _from, similarity) => {
      this.#nearest.see(row, from, similarity);
    });
  }

  /** Once all of the bank was seen. */
  result(labels: KnnLabels): KnnResult {
    const { classes } = this.options;
    const label = indicators(labels, this.images, classes);
    const queries = this.#asked.rows;
    const scores = new Float64Array(queries * classes);
    const predicted = new Int32Array(queries);
    for (let row = 0; row < queries; row++) {
      const votes = scores.subarray(row * classes, (row + 1) * classes);
      this.#vote(row, label, votes);
      predicted[row] = votes.indexOf(votes.reduce((most, vote) => Math.max(most, vote), Number.NEGATIVE_INFINITY));
    }
    return { scores: { data: scores, shape: [queries, classes] }, predicted };
  }

  #vote(query: number, add: Indicators, votes: Float64Array): void {
    const nearest = this.#nearest.of(query);
    // Relative to the nearest, so that no weight overflows; the share of votes is the same.
    const top = nearest[0]?.similarity ?? 0;
    let total = 0;
    for (const { place, similarity } of nearest) {
      const weight = Math.exp((similarity - top) / this.options.temperature);
      add(place, weight, votes);
      total += weight;
    }
    for (let c = 0; c < votes.length; c++) votes[c] = (votes[c] as number) / total;
  }
}

/** Adds an image's vote to the classes it has. */
type Indicators = (image: number, weight: number, votes: Float64Array) => void;

function indicators(labels: KnnLabels, images: number, classes: number): Indicators {
  if ("data" in labels) {
    const [rows = 0, columns = 0] = labels.shape;
    if (rows !== images || columns !== classes) {
      throw new RangeError(`labels of shape [${rows}, ${columns}] for ${images} images and ${classes} classes`);
    }
    return (image, weight, votes) => {
      for (let c = 0; c < classes; c++) {
        if (labels.data[image * classes + c] === 1) votes[c] = (votes[c] as number) + weight;
      }
    };
  }
  if (labels.length !== images) throw new RangeError(`${images} features in the bank but ${labels.length} labels`);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(`label ${label} at ${i} is not among ${classes} classes`);
    }
  }
  return (image, weight, votes) => {
    const label = labels[image] as number;
    votes[label] = (votes[label] as number) + weight;
  };
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
