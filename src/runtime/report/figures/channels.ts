/** Channels of a mark as vega-lite encodings: order of points, scales, titles. */

import type { Json } from "../../../catalog/types.js";
import type { Channel, ChannelName, FigureSpec, LayerSpec } from "../../../compiler/outputs/types.js";
import type { ResultSet } from "../../results/dataset.js";
import { deriveTable } from "../../results/outline.js";
import type { FigureData } from "./data.js";
import { categoryColors, DASHES, orderedColors } from "./palette.js";
import { channelTitle } from "./words.js";

export type Spec = { readonly [name: string]: Json };

export interface Drawing {
  readonly figure: FigureSpec;
  readonly data: FigureData;
  readonly results: ResultSet;
}

// ── order of points ──────────────────────────────────────────────────────────────────────────────────────────────

/** The labels that occur, as declared; layers as the model has them. */
export function labelsOf(drawing: Drawing, axis: FigureSpec["facet"][number], field: string): readonly string[] {
  const tables = drawing.figure.layers.flatMap((layer) =>
    layer.from.map((ref) => (ref.kind === "derive" ? deriveTable(ref.table) : ref.table)),
  );
  const seen = new Set(drawing.data.values.map((datum) => datum[field]));
  const found = drawing.results.pointsOf(axis.name, tables);
  const ordered = (axis.role === "layer" ? [...found, ...axis.points] : [...axis.points, ...found]).map(
    (point) => point.label,
  );
  const rest = [...seen].filter((label) => typeof label === "string");
  return [...new Set([...ordered, ...rest])].filter((label) => seen.has(label));
}

export function channelOf(layer: LayerSpec, name: ChannelName): Channel | undefined {
  return layer.channels.find((channel) => channel.channel === name);
}

// ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────

function numbersIn(drawing: Drawing, field: string): readonly number[] {
  return drawing.data.values.flatMap((datum) => {
    const value = datum[field];
    return typeof value === "number" ? [value] : [];
  });
}

/** Whole numbers get no ticks between them. */
function wholeTicks(numbers: readonly number[]): Spec {
  return numbers.every(Number.isInteger) ? { tickMinStep: 1, format: "~d" } : {};
}

/** Of a scale without an extent vega writes six decimals. */
function onlyNumber(numbers: readonly number[]): Spec {
  return new Set(numbers).size === 1 ? { format: "~g" } : {};
}

/** Of the labels' letters, about. */
const LETTER = 5.6;

/** Room for a label below its place on x. */
function slotWidth(drawing: Drawing, layer: LayerSpec): number {
  const bars = barsOf(drawing, layer);
  if (bars.length > 0) {
    return Math.max(40, 18 * bars.length);
  }
  return layer.mark === "heatmap" ? 20 : 38;
}

/** One title an axis, the first layer's: vega-lite would join those of all. */
function sharedTitle(drawing: Drawing, name: "x" | "y"): string {
  const channels = drawing.figure.layers.flatMap((layer) => channelOf(layer, name) ?? []);
  const [first] = channels;
  return first === undefined ? "" : channelTitle(first, drawing.results);
}

/** Fields are small beside `layer of main.selected[init: WT]`, which would run into what stands above and below. */
function brokenTitle(drawing: Drawing, layer: LayerSpec, title: string): Json {
  const split = title.indexOf(" of ");
  return layer.mark === "heatmap" && split > 0 && title.includes("[", split) && drawing.figure.facet.length > 0
    ? [title.slice(0, split + 3), title.slice(split + 4)]
    : title;
}

export function position(drawing: Drawing, layer: LayerSpec, name: "x" | "y"): Spec {
  const channel = channelOf(layer, name);
  if (channel === undefined) {
    return {};
  }
  const title = sharedTitle(drawing, name);
  if (channel.value.kind === "category") {
    const labels = labelsOf(drawing, channel.value.axis, name);
    const long =
      name === "x" && Math.max(0, ...labels.map((label) => label.length)) * LETTER > slotWidth(drawing, layer);
    const axis: Spec = {
      title: brokenTitle(drawing, layer, title),
      labelAngle: long ? -45 : 0,
      labelFontSize: labels.length > 16 ? 8 : 10,
      labelLimit: 140,
      grid: false,
      ...(long ? { labelAlign: "right", labelBaseline: "middle" } : {}),
    };
    return { [name]: { field: name, type: channel.type, sort: [...labels], axis } };
  }
  const log = drawing.figure.scales[name] === "log";
  const scale: Spec = { zero: layer.mark === "bar" && name === "y", nice: true, ...(log ? { type: "log" } : {}) };
  const ends = name === "y" && layer.band !== "none" ? ["low", "high"] : [];
  const extent = [name, ...ends].flatMap((field) => numbersIn(drawing, field));
  const ticks = log ? {} : { ...onlyNumber(extent), ...wholeTicks(numbersIn(drawing, name)) };
  return { [name]: { field: name, type: "quantitative", scale, axis: { title, ...ticks } } };
}

export function colorChannel(drawing: Drawing, layer: LayerSpec): Spec {
  const channel = channelOf(layer, "color");
  if (channel === undefined) {
    return {};
  }
  const title = channelTitle(channel, drawing.results);
  if (channel.value.kind === "category") {
    const labels = labelsOf(drawing, channel.value.axis, "color");
    const range = channel.type === "nominal" ? categoryColors(labels.length) : orderedColors(labels.length);
    const scale: Spec = { domain: [...labels], range: [...range] };
    return {
      color: {
        field: "color",
        type: channel.type,
        sort: [...labels],
        scale,
        legend: { title, symbolOpacity: 1, symbolType: "circle" },
      },
    };
  }
  return { color: { field: "color", type: "quantitative", scale: colorScale(drawing), legend: { title } } };
}

/** From 0 to 1 where the numbers lie there; around zero where they change sign. */
function colorScale(drawing: Drawing): Spec {
  const numbers = numbersIn(drawing, "color");
  const least = numbers.reduce((a, b) => Math.min(a, b), 0);
  const greatest = numbers.reduce((a, b) => Math.max(a, b), 0);
  if (drawing.figure.scales.color === "log") {
    return { type: "log", scheme: "viridis" };
  }
  if (least >= -0.05 && greatest <= 1) {
    return { domain: [Math.min(0, least), greatest > 0.5 || least === greatest ? 1 : greatest], scheme: "viridis" };
  }
  if (least < 0) {
    const reach = Math.max(-least, greatest);
    return { domain: [-reach, reach], scheme: "purpleorange" };
  }
  return { scheme: "viridis", zero: false };
}

export function sizeChannel(drawing: Drawing, layer: LayerSpec): Spec {
  const channel = channelOf(layer, "size");
  if (channel === undefined) {
    return {};
  }
  const log = drawing.figure.scales.size === "log";
  const scale: Spec = { range: [30, 420], zero: false, ...(log ? { type: "log" } : {}) };
  return {
    size: {
      field: "size",
      type: "quantitative",
      scale,
      legend: { title: channelTitle(channel, drawing.results), ...onlyNumber(numbersIn(drawing, "size")) },
    },
  };
}

export function dashChannel(drawing: Drawing, layer: LayerSpec): Spec {
  const channel = channelOf(layer, "dash");
  if (channel === undefined || channel.value.kind !== "category") {
    return {};
  }
  const labels = labelsOf(drawing, channel.value.axis, "dash");
  const range = labels.map((_, index) => [...(DASHES[index % DASHES.length] ?? [1, 0])]);
  return {
    strokeDash: {
      field: "dash",
      type: "nominal",
      sort: [...labels],
      scale: { domain: [...labels], range },
      legend: { title: channel.label },
    },
  };
}

/** The bars of one x, by colour; none where x or the panel has but one colour, and its bar stands over its label. */
export function barsOf(drawing: Drawing, layer: LayerSpec): readonly string[] {
  const color = layer.mark === "bar" ? channelOf(layer, "color")?.value : undefined;
  if (color?.kind !== "category") {
    return [];
  }
  const x = channelOf(layer, "x")?.value;
  const told = [...(x?.kind === "category" ? [x.axis] : []), ...drawing.figure.facet];
  return told.some(({ name }) => name === color.axis.name) ? [] : labelsOf(drawing, color.axis, "color");
}

/** Bars of one x stand side by side by colour. */
export function besides(drawing: Drawing, layer: LayerSpec): Spec {
  const labels = barsOf(drawing, layer);
  if (labels.length === 0) {
    return {};
  }
  return { xOffset: { field: "color", type: "nominal", sort: [...labels], scale: { domain: [...labels] } } };
}
