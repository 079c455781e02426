/** Pooled features of all images of a split, gathered layer by layer from a pass. */

import type { ModelInfo } from "../../models/types.js";
import type { FeatureBatch, Reader } from "./features.js";
import { Spool } from "./spool.js";

/** Which numbers of a layer stand for an image. */
export type FeatureKind = "pooled" | "cls" | "patch";

export function featureKind(name: string): FeatureKind {
  if (name === "pooled" || name === "cls" || name === "patch") return name;
  throw new Error(`no features ${name}; there is pooled, cls, patch`);
}

export class PooledCollector {
  #spool: Spool | undefined;
  readonly #classTokens: ReadonlySet<string>;
  readonly #rows: ReadonlyMap<number, number> | undefined;

  constructor(
    readonly layers: readonly string[],
    readonly images: number,
    readonly features: FeatureKind,
    info: Pick<ModelInfo, "layers">,
    /** Positions of the images that are kept, in order; all where absent. */
    sample?: readonly number[],
  ) {
    this.#rows = sample && new Map(sample.map((image, row) => [image, row]));
    this.#classTokens = new Set(info.layers.flatMap(({ name, classToken }) => (classToken ? [name] : [])));
  }

  reader(): Reader {
    const images = this.#rows && { images: new Set(this.#rows.keys()) };
    return { ...images, flat: [], pooled: this.layers, take: (batch) => this.#take(batch) };
  }

  /** After the pass. */
  get spool(): Spool {
    if (this.#spool === undefined) throw new Error("no features were gathered");
    return this.#spool;
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
  }

  #take(batch: FeatureBatch): void {
    const columns = new Map(this.layers.map((layer) => [layer, this.#columns(layer, batch.pooled(layer).width)]));
    this.#spool ??= new Spool(this.images, new Map([...columns].map(([layer, [from, to]]) => [layer, to - from])));
    for (const layer of this.layers) {
      const { data, width } = batch.pooled(layer);
      const [from, to] = columns.get(layer) ?? [0, width];
      for (const [i, image] of batch.indices.entries()) {
        const row = this.#rows === undefined ? image : this.#rows.get(image);
        if (row === undefined) continue;
        this.#spool.put(layer, row, data.subarray(i * width + from, i * width + to));
      }
    }
  }

  /** A layer with a class token is pooled to it and, beside it, the mean of the patches. */
  #columns(layer: string, width: number): readonly [from: number, to: number] {
    if (this.features === "pooled" || !this.#classTokens.has(layer)) return [0, width];
    return this.features === "cls" ? [0, width / 2] : [width / 2, width];
  }
}
