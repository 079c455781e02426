/** What is kept of a set's embeddings while they stream by. */

import type { Tensor } from "../../analysis/index.js";
import { MomentSums, type Moments } from "../../analysis/moments.js";
import type { ClassMeans } from "../../analysis/transport.js";
import type { Reader } from "./features.js";

export interface Sink {
  /** The embedding of one image; it is not the caller's to keep. */
  see(row: Float32Array, image: number): void;
  /** Whether all images so far have the same. */
  readonly constant: boolean;
}

export function embeddingReader(chosen: ReadonlySet<number>, sink: Sink): Reader {
  return {
    images: chosen,
    flat: [],
    pooled: [],
    embedding: true,
    take: (batch) => {
      const { data, width } = batch.embedding();
      for (const [i, image] of batch.indices.entries()) {
        if (chosen.has(image)) sink.see(data.subarray(i * width, (i + 1) * width), image);
      }
    },
  };
}

/** Some images at once, so that products are of whole tiles. */
const ROWS = 64;

/** Mean and covariance: no image is kept. */
export class EmbeddingMoments implements Sink {
  readonly #sums = new MomentSums();
  #rows: Float32Array[] = [];

  see(row: Float32Array): void {
    this.#rows.push(Float32Array.from(row));
    if (this.#rows.length === ROWS) this.#flush();
  }

  get constant(): boolean {
    this.#flush();
    return this.#sums.constant;
  }

  moments(): Moments {
    this.#flush();
    return this.#sums.moments();
  }

  #flush(): void {
    const width = this.#rows[0]?.length ?? 0;
    const data = new Float32Array(this.#rows.length * width);
    for (const [i, row] of this.#rows.entries()) data.set(row, i * width);
    this.#sums.see({ data, shape: [this.#rows.length, width] });
    this.#rows = [];
  }
}

/** All embeddings of a sample. */
export class EmbeddingRows implements Sink {
  #data = new Float32Array(0);
  #seen = 0;
  constant = true;

  constructor(readonly images: number) {}

  see(row: Float32Array): void {
    if (this.#seen === 0) this.#data = new Float32Array(this.images * row.length);
    else if (this.constant) this.constant = row.every((value, i) => value === this.#data[i]);
    this.#data.set(row, this.#seen * row.length);
    this.#seen += 1;
  }

  get features(): Tensor {
    return { data: this.#data, shape: [this.images, this.#data.length / Math.max(1, this.images)] };
  }
}

/** Mean embedding of each class, and how many images it has: no image is kept. */
export class EmbeddingClasses implements Sink {
  readonly #sums: Float64Array[] = [];
  readonly #counts: number[] = [];
  #first: Float32Array | undefined;
  constant = true;

  /** @param labels by image */
  constructor(readonly labels: Int32Array) {}

  see(row: Float32Array, image: number): void {
    this.#first ??= Float32Array.from(row);
    if (this.constant) this.constant = row.every((value, i) => value === this.#first?.[i]);
    const label = this.labels[image] as number;
    const sums = this.#sums[label] ?? new Float64Array(row.length);
    this.#sums[label] = sums;
    row.forEach((value, i) => {
      sums[i] = (sums[i] as number) + value;
    });
    this.#counts[label] = (this.#counts[label] ?? 0) + 1;
  }

  classes(): ClassMeans {
    const seen = this.#counts.flatMap((count, label) => (count > 0 ? [{ count, sums: this.#sums[label] }] : []));
    const width = this.#first?.length ?? 0;
    const means = new Float64Array(seen.length * width);
    seen.forEach(({ count, sums }, c) => {
      means.set(sums?.map((sum) => sum / count) ?? [], c * width);
    });
    return { means, counts: seen.map(({ count }) => count) };
  }
}
