/** Layer-wise k-NN on gathered features: one layer at a time, the bank a part at a time. */

import { KnnVotes } from "../../analysis/index.js";
import type { ImageSet } from "../data/images.js";
import type { ProbeRow } from "../results/types.js";
import { labelsOf, scored } from "./labelled.js";
import type { PluginMetrics } from "./metric.js";
import type { Spool } from "./spool.js";

export interface KnnSettings {
  readonly layers: readonly string[];
  readonly k: number;
  readonly temperature: number;
  readonly metric: string;
  readonly plugins?: PluginMetrics | undefined;
  readonly classes: number;
}

export interface Gathered {
  readonly spool: Spool;
  readonly images: ImageSet;
}

export function knnRows(
  bank: Gathered,
  query: Gathered,
  settings: KnnSettings,
): { readonly rows: readonly ProbeRow[]; readonly warnings: readonly string[] } {
  const images = bank.images.info.images;
  const k = Math.min(settings.k, images);
  const options = { k, temperature: settings.temperature, classes: settings.classes };
  const labels = labelsOf(bank.images, settings.classes);
  const rows = settings.layers.map((layer) => {
    const scores = new Float64Array(query.images.info.images * settings.classes);
    for (const { from, features } of query.spool.parts(layer)) {
      const votes = new KnnVotes(features, images, options);
      for (const part of bank.spool.parts(layer)) votes.see(part.features);
      scores.set(votes.result(labels).scores.data, from * settings.classes);
    }
    return { inner: { layer }, ...scored(settings.metric, query.images, scores, settings.classes, settings.plugins) };
  });
  return { rows, warnings: [...shortBank(k, settings.k), ...deadLayers(bank.spool, settings.layers)] };
}

function shortBank(k: number, wanted: number): readonly string[] {
  return k < wanted ? [`the bank has ${k} images, so ${k} neighbours voted, not ${wanted}`] : [];
}

/** Equally similar neighbours: the earliest of the bank vote, which tells nothing of the query. */
export function deadLayers(spool: Spool, layers: readonly string[]): readonly string[] {
  const dead = layers.filter((layer) => spool.isConstant(layer));
  if (dead.length === 0) return [];
  return [
    `features are the same for all images in ${dead.join(", ")}: the score there is that of a guess blind to the image`,
  ];
}
