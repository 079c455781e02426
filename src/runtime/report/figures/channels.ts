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

/** Of a scale without an extent vega writes six decimals; of a small one as many as it takes, to be counted. */
function numberFormat(numbers: readonly number[]): Spec {
  const largest = numbers.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  if (largest > 0 && largest < WRITTEN_OUT) {
    return { labelExpr: "datum.value === 0 ? '0' : replace(format(datum.value, '~e'), regexp('-', 'g'), '−')" };
  }
  return new Set(numbers).size === 1 ? { format: "~g" } : {};
}
/** As in tables: numbers below are so many times a power of ten. */
const WRITTEN_OUT = 1e-4;

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

/** How far to the left of its place the longest label of x reaches, where labels are slanted; 0 where they are not. */
export function slantedReach(drawing: Drawing, layer: LayerSpec): number {
  const channel = channelOf(layer, "x");
  if (channel?.value.kind !== "category") return 0;
  const labels = labelsOf(drawing, channel.value.axis, "x");
  const width = Math.max(0, ...labels.map((label) => label.length)) * LETTER;
  return width > slotWidth(drawing, layer) ? Math.ceil(Math.min(140, width) * Math.SQRT1_2) : 0;
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

/** Of titles' letters, about; and the room along a panel's side, and above a legend. */
const TITLE_LETTER = 5.7;
const ROOM = { x: [300, 440], y: [190, 260], legend: [160, 160] } as const;

/** `near (top1, l2=0.001, …)`: what it is on a line of its own where both are longer than their place. */
function fittedTitle(drawing: Drawing, title: string, at: keyof typeof ROOM): Json {
  const room = ROOM[at][drawing.figure.facet.length > 0 ? 0 : 1];
  const split = title.indexOf(" (");
  return split > 0 && title.length * TITLE_LETTER > room
    ? [title.slice(0, split), ...linesOf(title.slice(split + 1), room)]
    : title;
}

function linesOf(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines.at(-1);
    if (last !== undefined && (last.length + part.length + 1) * TITLE_LETTER <= room) {
      lines[lines.length - 1] = `${last} ${part}`;
    } else {
      lines.push(part);
    }
  }
  return lines;
}

/** `10%`, where the study says so. */
function shareFormat(channel: Channel): Spec {
  const { value } = channel;
  const labels = value.kind === "quantity" && value.quantity.kind === "axis" ? value.quantity.values : [];
  return labels.length > 0 && labels.every(({ point }) => point.endsWith("%")) ? { format: "~%" } : {};
}

/** Ticks of a logarithmic axis crowd before each power of ten; a few points of the study's own are ticks enough. */
function logTicks({ value }: Channel): Spec {
  const axis = value.kind === "quantity" && value.quantity.kind === "axis" ? value.quantity.values : [];
  const own = axis.flatMap(({ value: at }) => (at !== null && at > 0 ? [at] : []));
  const few = own.length > 1 && own.length <= FEW_TICKS ? { values: own } : {};
  return { ...few, labelOverlap: "greedy", labelSeparation: 8 };
}
const FEW_TICKS = 8;

export function position(drawing: Drawing, layer: LayerSpec, name: "x" | "y"): Spec {
  const channel = channelOf(layer, name);
  if (channel === undefined) {
    return {};
  }
  const title = sharedTitle(drawing, name);
  if (channel.value.kind === "category") {
    const labels = labelsOf(drawing, channel.value.axis, name);
    const long = name === "x" && slantedReach(drawing, layer) > 0;
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
  const plain = log ? logTicks(channel) : { ...numberFormat(extent), ...wholeTicks(numbersIn(drawing, name)) };
  const axis: Spec = { title: fittedTitle(drawing, title, name), ...plain, ...shareFormat(channel) };
  return { [name]: { field: name, type: "quantitative", scale, axis } };
}

export function colorChannel(drawing: Drawing, layer: LayerSpec): Spec {
  const channel = channelOf(layer, "color");
  if (channel === undefined) {
    return {};
  }
  const title = fittedTitle(drawing, channelTitle(channel, drawing.results), "legend");
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
  return {
    color: {
      field: "color",
      type: "quantitative",
      scale: colorScale(drawing),
      legend: { title, ...numberFormat(numbersIn(drawing, "color")) },
    },
  };
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
      legend: {
        title: fittedTitle(drawing, channelTitle(channel, drawing.results), "legend"),
        ...numberFormat(numbersIn(drawing, "size")),
      },
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
