/** Gram matrices of a layer's features, their products taken by the engine, some columns at a time. */

import { addToGram, columnMeans, emptyGram, type Gram, gramOf } from "../../analysis/gram.js";
import { Builder } from "../../program/builder.js";
import type { Engine } from "../engine/types.js";
import { openBundle } from "../ops/sessions.js";
import type { FeatureBatch } from "./features.js";

/** Columns a product: sums of this many f32 products, then float64. */
const CHUNK = 1024;
/** Below as many multiplications, calling the engine costs more than it saves. */
const SMALL = 2_000_000;

/** Features of n images of one layer, some of its columns. */
export class FeatureTable {
  readonly data: Float32Array;
  readonly width: number;

  constructor(
    readonly samples: number,
    readonly layer: string,
    readonly from: number,
    readonly to: number,
  ) {
    this.width = to - from;
    this.data = new Float32Array(samples * this.width);
  }

  /** @param rowOf where an image's features go; undefined where it is not in the sample */
  take(batch: FeatureBatch, rowOf: (image: number) => number | undefined): void {
    const { data, width } = batch.flat(this.layer);
    batch.indices.forEach((image, i) => {
      const row = rowOf(image);
      if (row === undefined) return;
      this.data.set(data.subarray(i * width + this.from, i * width + this.to), row * this.width);
    });
  }

  /** The same features without each column's mean: no CKA estimator sees it, and f32 products lose less. */
  centred(): FeatureTable {
    const { data, samples, width } = this;
    const means = columnMeans({ data, rows: samples, columns: width });
    const out = new FeatureTable(samples, this.layer, this.from, this.to);
    for (let row = 0; row < samples; row++) {
      const start = row * width;
      for (let j = 0; j < width; j++) out.data[start + j] = (data[start + j] as number) - (means[j] as number);
    }
    return out;
  }
}

/** Adds a table's part to a layer's Gram matrix. */
export async function accumulateGram(engine: Engine, gram: Gram, table: FeatureTable): Promise<void> {
  const { samples, width } = table;
  if (engine.id === "reference" || samples * samples * width < SMALL) {
    const part = gramOf({ data: table.data, rows: samples, columns: width });
    for (let i = 0; i < part.upper.length; i++) gram.upper[i] = (gram.upper[i] as number) + (part.upper[i] as number);
    return;
  }
  const centred = table.centred();
  const chunk = Math.min(CHUNK, width);
  const { session } = await openBundle(engine, `gram ${samples} ${chunk}`, () => ({
    programs: { gram: gramProgram(samples, chunk) },
  }));
  for (let from = 0; from < width; from += chunk) {
    const data = new Float32Array(samples * chunk);
    const columns = Math.min(chunk, width - from);
    for (let row = 0; row < samples; row++) {
      const start = row * width + from;
      data.set(centred.data.subarray(start, start + columns), row * chunk);
    }
    const { product } = await session.run("gram", { x: { shape: [samples, chunk], data } });
    if (!(product?.data instanceof Float32Array)) throw new Error("the product of features is missing");
    addToGram(gram, product.data);
  }
}

function gramProgram(samples: number, columns: number) {
  const b = new Builder("gram");
  const x = b.feed("x", [samples, columns]);
  b.fetch("product", b.matmul(x, x, { transposeB: true }));
  return b.build();
}

export { emptyGram };
