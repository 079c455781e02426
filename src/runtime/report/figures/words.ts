/** What a figure says of itself: its subtitle, its caption, and the text for those who cannot see it. */

import type { Channel, FigureSpec, LayerSpec, TableRef } from "../../../compiler/outputs/types.js";
import type { ResultSet } from "../../results/dataset.js";
import { metricsOf } from "../metrics.js";
import { plural, rangeText } from "../numbers.js";
import type { FigureData } from "./data.js";

const BAND_WORDS = { ci95: "95 % CI (Student-t)", sd: "± 1 sd", sem: "± 1 standard error", none: "" } as const;
const MARK_WORDS = {
  line: "line",
  point: "points",
  bar: "bars",
  star: "★",
  rule: "level",
  heatmap: "field",
} as const;

/** `main[init: RI, target: digits_few]`. */
function refText({ table, slice }: TableRef): string {
  const entries = Object.entries(slice).map(
    ([axis, { points }]) => `${axis}: ${points.map((point) => point.label).join(" | ")}`,
  );
  return entries.length === 0 ? table : `${table}[${entries.join(", ")}]`;
}

/** `test (top1)`; `n` for an axis. */
export function channelTitle(channel: Channel, results: ResultSet): string {
  if (channel.value.kind === "category") {
    const { name, of } = channel.value.axis;
    return of === undefined ? channel.label : `${name.replace(/2$/, "")} of ${of}`;
  }
  const { quantity, metric, estimator } = channel.value;
  if (metric === undefined) {
    return channel.label;
  }
  const named = metricsOf(quantity, results, metric);
  const said = [named.includes(",") ? "" : named, estimator ?? ""].filter(
    (part) => part !== "" && part !== channel.label,
  );
  return said.length === 0 ? channel.label : `${channel.label} (${said.join(", ")})`;
}

function bandText(figure: FigureSpec): string {
  const bands = [...new Set(figure.layers.map((layer) => layer.band).filter((band) => band !== "none"))];
  return bands.map((band) => BAND_WORDS[band]).join(" and ");
}

/** Folds share training cases: their interval is a wider one. Pairs share repeats: these are drawn. */
function bandOf(band: string, { folds, pairs }: FigureData): string {
  if (folds !== null) return band.replace("Student-t", "Nadeau–Bengio");
  return pairs ? band.replace("Student-t", "bootstrap over repeats") : band;
}

function nText(n: { readonly least: number; readonly most: number }): string {
  return n.least === n.most ? `n = ${n.most}` : `n = ${n.least}–${n.most}`;
}

/** What the marks stand for, where more than one table is drawn. */
function layersText(figure: FigureSpec): string {
  if (figure.layers.length < 2) {
    return "";
  }
  return figure.layers.map((layer) => `${MARK_WORDS[layer.mark]} ${layer.from.map(refText).join(", ")}`).join("  ·  ");
}

/** Lines above the drawing: what the band is, and which mark is which. */
export function subtitle(figure: FigureSpec, data: FigureData, results: ResultSet): readonly string[] {
  const band = bandText(figure);
  const unfolded = data.pairs ? "mean over pairs of repeats" : "mean over repeats";
  const over = data.folds === null ? unfolded : "mean over folds, repeats averaged within each";
  const means = band === "" ? over : `${over}; band: ${bandOf(band, data)}`;
  const n = data.n === null ? "" : (data.folds ?? nText(data.n));
  const single = data.pooled ? "" : `a single ${data.pairs ? "pair of repeats" : "repeat"}, no spread`;
  const spread = data.n === null ? "" : data.n.most < 2 ? single : `${means}; ${n}`;
  const trend = figure.layers.some((layer) => layer.trend === "linear") ? "dashed: least-squares line" : "";
  const lines = [
    spread,
    unreachedText(data),
    metricsText(figure, results),
    layersText(figure),
    trend,
    unloggedText(data),
  ];
  return lines.filter((line) => line !== "");
}

/** In the drawing itself: it goes into papers without the page around it. */
export function unreachedText({ unreached: { wholly, partly } }: FigureData): string {
  const some = partly === 0 ? "" : `${plural(partly, "mark")}: the mean of the repeats that reached it alone, too low`;
  const all = wholly === 0 ? "" : `${plural(wholly, "number")} not reached and not drawn`;
  return [some, all].filter((part) => part !== "").join("; ");
}

/** What a logarithmic axis cannot show. */
function unloggedText({ unlogged: { marks, bands } }: FigureData): string {
  const left = marks === 0 ? [] : [`${marks} ${marks === 1 ? "number" : "numbers"} at 0 or below not drawn`];
  const said = [...left, ...(bands === 0 ? [] : ["bands cut where they reach 0"])];
  return said.length === 0 ? "" : `logarithmic axis: ${said.join("; ")}`;
}

/** What a title has no room for: a metric for every target. */
function metricsText(figure: FigureSpec, results: ResultSet): string {
  const said = figure.layers.flatMap((layer) =>
    layer.channels.flatMap(({ label, value }) => {
      const named =
        value.kind === "quantity" && value.metric !== undefined ? metricsOf(value.quantity, results, value.metric) : "";
      return named.includes(",") ? [`${label}: ${named}`] : [];
    }),
  );
  return [...new Set(said)].join("; ");
}

function titleOf(layer: LayerSpec, name: Channel["channel"], results: ResultSet): string | undefined {
  const channel = layer.channels.find((each) => each.channel === name);
  return channel && channelTitle(channel, results);
}

/** "test by n, colour n; panels by model". */
export function captionText(figure: FigureSpec, results: ResultSet): string {
  const [layer] = figure.layers;
  if (layer === undefined) {
    return figure.name;
  }
  const shown = layer.mark === "heatmap" ? "color" : "y";
  const channel = layer.channels.find((each) => each.channel === shown);
  const what = channel === undefined ? figure.name : channelTitle(channel, results);
  const positions = layer.mark === "heatmap" ? (["x", "y"] as const) : (["x"] as const);
  const others = (["color", "size", "dash"] as const).flatMap((name) => {
    const label = name === shown ? undefined : titleOf(layer, name, results);
    return label === undefined ? [] : [`${name === "color" ? "colour" : name}: ${label}`];
  });
  const facets = figure.facet.map((axis) => axis.name).join(" and ");
  const by = positions.flatMap((name) => titleOf(layer, name, results) ?? []).join(" and ");
  const start = by === "" ? what : `${what} by ${by}`;
  return [start, ...others, ...(facets === "" ? [] : [`panels: ${facets}`])].join("; ");
}

/** For readers who hear the page: what is drawn, over which panels, between which values. */
export function altText(figure: FigureSpec, data: FigureData, results: ResultSet): string {
  const field = figure.layers[0]?.mark === "heatmap" ? "color" : "y";
  const numbers = data.values.flatMap((datum) => (typeof datum[field] === "number" ? [datum[field]] : []));
  const [least, most] = [
    numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  const range = numbers.length === 0 ? "no numbers yet" : `values from ${rangeText(least, most)}`;
  const marks = [...new Set(figure.layers.map((layer) => layer.mark))].join(", ");
  return `Figure ${figure.name} (${marks}): ${captionText(figure, results)}; ${range}.`;
}
