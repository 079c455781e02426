/** The linear probe on gathered features: one layer at a time, a part of the bank at a time. */

import { fitLogistic, logisticScores, type Tensor } from "../../analysis/index.js";
import type { ProbeRow } from "../results/types.js";
import { deadLayers, type Gathered } from "./knn.js";
import { hasSeveral, labelsOf, scored } from "./labelled.js";
import type { PluginMetrics } from "./metric.js";
import type { Part, Spool } from "./spool.js";

export interface LinearSettings {
  readonly layers: readonly string[];
  readonly l2: number;
  readonly standardize: boolean;
  readonly metric: string;
  readonly plugins?: PluginMetrics | undefined;
  readonly classes: number;
}

export function linearRows(
  bank: Gathered,
  query: Gathered,
  settings: LinearSettings,
): { readonly rows: readonly ProbeRow[]; readonly warnings: readonly string[] } {
  const { classes, l2, metric } = settings;
  const images = bank.images.info.images;
  const labels = labelsOf(bank.images, classes);
  const unfinished: string[] = [];
  const rows = settings.layers.map((layer) => {
    const scale = settings.standardize ? standardization(bank.spool, layer) : undefined;
    const width = bank.spool.width(layer);
    const fit = fitLogistic(() => scaled(bank.spool.parts(layer), scale), { images, width }, labels, { classes, l2 });
    if (!fit.converged) unfinished.push(layer);
    const shares = new Float64Array(query.images.info.images * classes);
    for (const { from, features } of scaled(query.spool.parts(layer), scale)) {
      shares.set(logisticScores(fit, features, hasSeveral(bank.images)), from * classes);
    }
    return { inner: { layer }, ...scored(metric, query.images, shares, classes, settings.plugins) };
  });
  const late =
    unfinished.length === 0 ? [] : [`the fit had not come to rest in ${unfinished.join(", ")}; try a larger l2`];
  return { rows, warnings: [...late, ...deadLayers(bank.spool, settings.layers)] };
}

interface Scale {
  readonly mean: Float64Array;
  /** 1 / standard deviation; 0 of a feature that never varies. */
  readonly factor: Float64Array;
}

function standardization(spool: Spool, layer: string): Scale {
  const width = spool.width(layer);
  const [sums, squares, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) =>
    new Float64Array(width).fill(value),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  each(spool, layer, (value, j) => {
    sums[j] = (sums[j] as number) + value;
    least[j] = Math.min(least[j] as number, value);
    most[j] = Math.max(most[j] as number, value);
  });
  const mean = sums.map((sum) => sum / spool.images);
  each(spool, layer, (value, j) => {
    squares[j] = (squares[j] as number) + (value - (mean[j] as number)) ** 2;
  });
  const factor = squares.map((square, j) => (least[j] === most[j] ? 0 : 1 / Math.sqrt(square / spool.images)));
  return { mean, factor };
}

function each(spool: Spool, layer: string, use: (value: number, feature: number) => void): void {
  const width = spool.width(layer);
  for (const { features } of spool.parts(layer)) {
    for (let at = 0; at < features.data.length; at++) use(features.data[at] as number, at % width);
  }
}

function* scaled(parts: Iterable<Part>, scale: Scale | undefined): Generator<Part> {
  for (const part of parts) yield scale === undefined ? part : { ...part, features: apply(part.features, scale) };
}

function apply({ data, shape }: Tensor, { mean, factor }: Scale): Tensor {
  const width = mean.length;
  const out = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const j = at % width;
    out[at] = ((data[at] as number) - (mean[j] as number)) * (factor[j] as number);
  }
  return { data: out, shape };
}
