/** Layer-wise k-NN: pooled features of a bank and of queries, gathered layer by layer. */

import { knn } from "../../analysis/index.js";
import { numberOf } from "../../analysis/metrics/measured.js";
import type { ImageSet } from "../data/images.js";
import type { ProbeRow } from "../results/types.js";
import type { Reader } from "./features.js";
import { measure } from "./metric.js";

/** Pooled features of all images of a split, by layer. */
export class PooledCollector {
  readonly #tables = new Map<string, { readonly data: Float32Array; readonly width: number }>();

  constructor(
    readonly layers: readonly string[],
    readonly images: number,
  ) {}

  reader(): Reader {
    return {
      flat: [],
      pooled: this.layers,
      take: (batch) => {
        for (const layer of this.layers) {
          const { data, width } = batch.pooled(layer);
          const table = this.#tables.get(layer) ?? { data: new Float32Array(this.images * width), width };
          this.#tables.set(layer, table);
          batch.indices.forEach((image, i) => {
            table.data.set(data.subarray(i * width, (i + 1) * width), image * width);
          });
        }
      },
    };
  }

  of(layer: string) {
    const table = this.#tables.get(layer);
    if (table === undefined) throw new Error(`no features of layer ${layer}`);
    return { data: table.data, shape: [this.images, table.width] };
  }
}

export interface KnnSettings {
  readonly layers: readonly string[];
  readonly k: number;
  readonly temperature: number;
  readonly metric: string;
  readonly classes: number;
}

export function knnRows(
  bank: { readonly features: PooledCollector; readonly images: ImageSet },
  query: { readonly features: PooledCollector; readonly images: ImageSet },
  settings: KnnSettings,
): { readonly rows: readonly ProbeRow[]; readonly warnings: readonly string[] } {
  if (bank.images.labelWidth > 1) throw new Error("k-NN needs one class an image; these images have several labels");
  const k = Math.min(settings.k, bank.images.info.images);
  const { temperature, classes, metric } = settings;
  const rows = settings.layers.map((layer) => {
    const result = knn(bank.features.of(layer), bank.images.labels, query.features.of(layer), {
      k,
      temperature,
      classes,
    });
    const { labels, info } = query.images;
    const predictions = { images: info.images, classes, probabilities: result.scores.data, labels, several: false };
    const measured = measure(metric, predictions);
    const why = measured.kind === "undefined" ? { reason: measured.reason } : {};
    return { inner: { layer }, value: numberOf(measured), ...why };
  });
  const short = k < settings.k;
  return { rows, warnings: short ? [`the bank has ${k} images, so ${k} neighbours voted, not ${settings.k}`] : [] };
}
