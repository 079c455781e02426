/** A figure's numbers: one record a mark, with the mean and its band, in fields vega-lite reads. */

import type { Band, FigureSpec, LayerSpec } from "../../../compiler/outputs/types.js";
import type { ResultSet } from "../../results/dataset.js";
import { foldsText, type PointSummary, summarizePoint } from "../../results/series.js";
import { type JoinedPoint, joinChannels } from "./join.js";
import { tipText } from "./tips.js";

export type Datum = { readonly [field: string]: number | string };

export interface FigureData {
  readonly values: readonly Datum[];
  /** Numbers that could not be drawn: failed, or undefined. */
  readonly dropped: number;
  /** Numbers at 0 or below, which a logarithmic axis has no place for; and bands that reach down to there. */
  readonly unlogged: { readonly marks: number; readonly bands: number };
  /** Marks that lack numbers that were not reached: of all repeats, so that there is none, or of some. */
  readonly unreached: { readonly wholly: number; readonly partly: number };
  /** Replicates behind the drawn means, least and most. */
  readonly n: { readonly least: number; readonly most: number } | null;
  /** `5 folds × 3 repeats`, where there are folds. */
  readonly folds: string | null;
  /** Whether some number is of pairs of repeats. */
  readonly pairs: boolean;
  /** Whether some number is made of all repeats at once. */
  readonly pooled: boolean;
}

type Labels = { readonly [axis: string]: string };
export function facetField(index: number): string {
  return `facet${index}`;
}

function bandEnds(band: Band, summary: PointSummary): readonly [number, number] | undefined {
  const { mean, sd, n, low, high } = summary;
  switch (band) {
    case "none":
      return undefined;
    case "ci95":
      return Number.isFinite(low) ? [low, high] : undefined;
    case "sd":
      return Number.isFinite(sd) ? [mean - sd, mean + sd] : undefined;
    case "sem":
      return Number.isFinite(sd) ? [mean - sd / Math.sqrt(n), mean + sd / Math.sqrt(n)] : undefined;
    default:
      return band satisfies never;
  }
}

/** A panel's labels for a mark; a layer without a facet's axis gets one record a panel. */
function panels(figure: FigureSpec, at: Labels, labels: readonly (readonly string[])[]): readonly Labels[] {
  let found: readonly Labels[] = [{}];
  for (const [index, axis] of figure.facet.entries()) {
    const own = at[axis.name];
    const here = own === undefined ? (labels[index] ?? []) : [own];
    found = found.flatMap((panel) => here.map((label) => ({ ...panel, [facetField(index)]: label })));
  }
  return found;
}

interface LayerData extends Pick<FigureData, "values" | "dropped" | "unreached" | "pooled"> {
  readonly unlogged: number;
  readonly counts: readonly number[];
  readonly summaries: readonly PointSummary[];
}

function layerData(
  figure: FigureSpec,
  layer: LayerSpec,
  index: number,
  points: readonly JoinedPoint[],
  labels: readonly (readonly string[])[],
): LayerData {
  const values: Datum[] = [];
  const counts: number[] = [];
  const summaries: PointSummary[] = [];
  let dropped = 0;
  let unlogged = 0;
  let pooled = false;
  const unreached = { wholly: 0, partly: 0 };
  for (const point of points) {
    const record: Record<string, number | string> = { layer: index };
    let missing = false;
    let below = false;
    let made = false;
    let censored = false;
    let most: PointSummary | undefined;
    for (const { channel, value } of layer.channels) {
      if (value.kind === "category") {
        record[channel] = point.at[value.axis.name] ?? "";
        continue;
      }
      const number = point.values[channel];
      const summary = number && summarizePoint(number);
      censored ||= summary?.unreached !== undefined;
      if (summary === undefined || !Number.isFinite(summary.mean)) {
        missing = true;
        continue;
      }
      record[channel] = summary.mean;
      below ||= figure.scales[channel] === "log" && summary.mean <= 0;
      made ||= summary.pooled && number?.kind === "pooled" && number.replicates !== "any";
      if (!summary.pooled) {
        most = summary.n > (most?.n ?? 0) ? summary : most;
      }
      const ends = channel === "y" ? bandEnds(layer.band, summary) : undefined;
      if (ends !== undefined) {
        [record.low, record.high] = ends;
      }
    }
    if (missing) {
      if (censored) unreached.wholly += 1;
      else dropped += 1;
      continue;
    }
    if (below) {
      unlogged += 1;
      continue;
    }
    pooled ||= made;
    if (censored) unreached.partly += 1;
    if (most !== undefined) {
      counts.push(most.n);
      summaries.push(most);
    }
    if (layer.detail.length > 0) {
      record.detail = layer.detail.map((axis) => point.at[axis.name] ?? "").join(", ");
    }
    record.tip = tipText(figure, layer, point);
    values.push(...panels(figure, point.at, labels).map((panel) => ({ ...record, ...panel })));
  }
  return { values, dropped, unlogged, pooled, unreached, counts, summaries };
}

/** Bands that reach 0 or below end at the power of ten beneath all that is drawn, where a logarithmic axis begins. */
function aboveZero(values: readonly Datum[]): { readonly values: readonly Datum[]; readonly bands: number } {
  const numbers = values.flatMap(({ y, low }) => [y, low]).filter((each) => typeof each === "number" && each > 0);
  const floor = 10 ** (Math.ceil(Math.log10(numbers.reduce<number>((a, b) => Math.min(a, Number(b)), 1e300))) - 1);
  const reaches = ({ low }: Datum): boolean => typeof low === "number" && low <= 0;
  return {
    values: values.map((datum) => (reaches(datum) ? { ...datum, low: floor } : datum)),
    bands: values.filter(reaches).length,
  };
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

export function figureData(figure: FigureSpec, results: ResultSet): FigureData {
  const joinedLayers = figure.layers.map((layer) => joinChannels(layer.channels, results));
  const labels = figure.facet.map((axis) => {
    const seen = new Set(joinedLayers.flat().flatMap(({ at }) => at[axis.name] ?? []));
    const declared = axis.points.map((point) => point.label).filter((label) => seen.has(label));
    return [...declared, ...[...seen].filter((label) => !declared.includes(label))];
  });
  const layers = figure.layers.map((layer, index) =>
    layerData(figure, layer, index, joinedLayers[index] ?? [], labels),
  );
  const counts = layers.flatMap((layer) => layer.counts);
  const drawn = layers.flatMap((layer) => layer.values);
  const { values, bands } = figure.scales.y === "log" ? aboveZero(drawn) : { values: drawn, bands: 0 };
  return {
    values,
    dropped: total(layers.map((layer) => layer.dropped)),
    unlogged: { marks: total(layers.map((layer) => layer.unlogged)), bands },
    pooled: layers.some((layer) => layer.pooled),
    unreached: {
      wholly: total(layers.map((layer) => layer.unreached.wholly)),
      partly: total(layers.map((layer) => layer.unreached.partly)),
    },
    folds: foldsText(layers.flatMap((layer) => layer.summaries)),
    pairs: layers.some((layer) => layer.summaries.some(({ pairs }) => pairs === true)),
    n: counts.length === 0 ? null : { least: Math.min(...counts), most: Math.max(...counts) },
  };
}
