/** A figure as a vega-lite specification with its numbers inside; the study decides what, this decides how it looks. */

import type { Json } from "../../../catalog/types.js";
import type { Channel, ChannelName, FigureSpec, LayerSpec } from "../../../compiler/outputs/types.js";
import type { ResultSet } from "../../results/dataset.js";
import { deriveTable } from "../../results/outline.js";
import { type FigureData, facetField } from "./data.js";
import { CATEGORIES, categoryColors, DASHES, INK, MUTED, orderedColors, RULE } from "./palette.js";
import { altText, channelTitle, subtitle } from "./words.js";

export type Spec = { readonly [name: string]: Json };

export const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const STAR =
  "M0,-1L0.235,-0.324L0.951,-0.309L0.38,0.124L0.588,0.809L0,0.4L-0.588,0.809L-0.38,0.124L-0.951,-0.309L-0.235,-0.324Z";

interface Drawing {
  readonly figure: FigureSpec;
  readonly data: FigureData;
  readonly results: ResultSet;
}

// ── order of points ──────────────────────────────────────────────────────────────────────────────────────────────

/** The labels that occur, as declared; layers as the model has them. */
function labelsOf(drawing: Drawing, axis: FigureSpec["facet"][number], field: string): readonly string[] {
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

function channelOf(layer: LayerSpec, name: ChannelName): Channel | undefined {
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

/** One title an axis, the first layer's: vega-lite would join those of all. */
function sharedTitle(drawing: Drawing, name: "x" | "y"): string {
  const channels = drawing.figure.layers.flatMap((layer) => channelOf(layer, name) ?? []);
  const [first] = channels;
  return first === undefined ? "" : channelTitle(first, drawing.results);
}

function position(drawing: Drawing, layer: LayerSpec, name: "x" | "y"): Spec {
  const channel = channelOf(layer, name);
  if (channel === undefined) {
    return {};
  }
  const title = sharedTitle(drawing, name);
  if (channel.value.kind === "category") {
    const labels = labelsOf(drawing, channel.value.axis, name);
    const long = labels.some((label) => label.length > 3) && name === "x";
    const axis: Spec = {
      title,
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
  const ticks = log ? {} : wholeTicks(numbersIn(drawing, name));
  return { [name]: { field: name, type: "quantitative", scale, axis: { title, ...ticks } } };
}

function colorChannel(drawing: Drawing, layer: LayerSpec): Spec {
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
    return { domain: [Math.min(0, least), greatest > 0.5 ? 1 : greatest], scheme: "viridis" };
  }
  if (least < 0) {
    const reach = Math.max(-least, greatest);
    return { domain: [-reach, reach], scheme: "purpleorange" };
  }
  return { scheme: "viridis", zero: false };
}

function sizeChannel(drawing: Drawing, layer: LayerSpec): Spec {
  const channel = channelOf(layer, "size");
  if (channel === undefined) {
    return {};
  }
  const log = drawing.figure.scales.size === "log";
  const scale: Spec = { range: [30, 420], zero: false, ...(log ? { type: "log" } : {}) };
  return {
    size: { field: "size", type: "quantitative", scale, legend: { title: channelTitle(channel, drawing.results) } },
  };
}

function dashChannel(drawing: Drawing, layer: LayerSpec): Spec {
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

// ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────

const SERIES = ["color", "dash"] as const;

/** One colour a layer where no channel says one; references stand out. */
function plainColor(layer: LayerSpec, index: number): string {
  return layer.mark === "star" || layer.mark === "rule"
    ? CATEGORIES[1]
    : (CATEGORIES[index % CATEGORIES.length] ?? INK);
}

function layerSpecs(drawing: Drawing, layer: LayerSpec, index: number): readonly Spec[] {
  const own: Spec = { filter: `datum.layer === ${index}` };
  const encoding: Spec = {
    ...position(drawing, layer, "x"),
    ...position(drawing, layer, "y"),
    ...colorChannel(drawing, layer),
    ...sizeChannel(drawing, layer),
  };
  const color = channelOf(layer, "color") === undefined ? { color: plainColor(layer, index) } : {};
  const specs = marksOf(drawing, layer, encoding, color);
  return [...bandSpecs(layer, encoding, color), ...specs, ...trendSpecs(layer, encoding, color)].map((spec) => ({
    ...spec,
    transform: [own, ...(Array.isArray(spec.transform) ? spec.transform : [])],
  }));
}

/** An area along a line, a whisker elsewhere. */
function bandSpecs(layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  if (layer.band === "none") {
    return [];
  }
  const y = encoding.y;
  const axis = typeof y === "object" && y !== null && !Array.isArray(y) ? y : {};
  const ends: Spec = { y: { ...axis, field: "low" }, y2: { field: "high" } };
  const { size: _size, ...rest } = encoding;
  const shared: Spec = { ...rest, ...ends };
  return layer.mark === "line"
    ? [{ mark: { type: "area", opacity: 0.16, ...color }, encoding: shared }]
    : [
        {
          mark: { type: "rule", strokeWidth: 1.2, ...color },
          encoding: layer.mark === "bar" ? { ...shared, color: { value: INK } } : shared,
        },
      ];
}

function marksOf(drawing: Drawing, layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  switch (layer.mark) {
    case "line":
      return [
        {
          mark: { type: "line", strokeWidth: 1.8, ...color },
          encoding: { ...encoding, ...dashChannel(drawing, layer) },
        },
        { mark: { type: "point", filled: true, size: 26, opacity: 1, ...color }, encoding },
      ];
    case "point":
      return [
        { mark: { type: "point", filled: true, size: 70, opacity: 0.9, ...color }, encoding },
        ...detailLabels(layer, encoding),
      ];
    case "bar":
      return [{ mark: { type: "bar", ...color }, encoding: { ...encoding, ...besides(layer) } }];
    case "star":
      return [
        {
          mark: {
            type: "point",
            shape: STAR,
            filled: true,
            size: 190,
            opacity: 1,
            stroke: "#ffffff",
            strokeWidth: 0.8,
            ...color,
          },
          encoding,
        },
      ];
    case "rule":
      return [
        {
          mark: { type: "rule", strokeWidth: 1.4, strokeDash: [5, 3], ...color },
          encoding: { ...encoding, ...dashChannel(drawing, layer) },
        },
      ];
    case "heatmap":
      return [{ mark: { type: "rect", stroke: "#ffffff", strokeWidth: 0.5 }, encoding }];
    default:
      return layer.mark satisfies never;
  }
}

/** Bars of one x stand side by side by colour. */
function besides(layer: LayerSpec): Spec {
  return channelOf(layer, "color") === undefined ? {} : { xOffset: { field: "color", type: "nominal" } };
}

/** Which point is which, where no channel shows it. */
function detailLabels(layer: LayerSpec, { x = null, y = null }: Spec): readonly Spec[] {
  if (layer.detail.length === 0) {
    return [];
  }
  const mark: Spec = { type: "text", align: "left", dx: 7, dy: -5, fontSize: 8.5, color: MUTED };
  return [{ mark, encoding: { x, y, text: { field: "detail" } } }];
}

function trendSpecs(layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  if (layer.trend === "none") {
    return [];
  }
  const groups = SERIES.filter((name) => channelOf(layer, name)?.value.kind === "category");
  const { size: _size, ...rest } = encoding;
  return [
    {
      transform: [{ regression: "y", on: "x", ...(groups.length === 0 ? {} : { groupby: [...groups] }) }],
      mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.2, ...color },
      encoding: rest,
    },
  ];
}

// ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────

function categoryCount(drawing: Drawing, name: "x" | "y"): number {
  const channel = drawing.figure.layers
    .map((layer) => channelOf(layer, name))
    .find((each) => each?.value.kind === "category");
  return channel?.value.kind === "category" ? labelsOf(drawing, channel.value.axis, name).length : 0;
}

function panelSize(drawing: Drawing): Spec {
  const heat = drawing.figure.layers.some((layer) => layer.mark === "heatmap");
  const panels = drawing.figure.facet.length > 0;
  const [columns, rows] = [categoryCount(drawing, "x"), categoryCount(drawing, "y")];
  const step = (n: number): number => (n > 40 ? 8 : n > 16 ? 13 : 22);
  const wide = panels ? 300 : 460;
  return {
    width: columns > 0 ? { step: heat ? step(columns) : Math.max(10, Math.min(40, Math.round(wide / columns))) } : wide,
    height: heat && rows > 0 ? { step: step(rows) } : panels ? 210 : 280,
  };
}

function facetSpec(drawing: Drawing, inside: Spec): Spec {
  const [first, second] = drawing.figure.facet;
  if (first === undefined) {
    return inside;
  }
  const field = (axis: typeof first, index: number): Spec => {
    const labels = labelsOf(drawing, axis, facetField(index));
    return {
      field: facetField(index),
      type: "nominal",
      sort: [...labels],
      header: { title: null, labelFontSize: 11, labelFontWeight: "bold", labelColor: INK, labelPadding: 6 },
    };
  };
  const { width = null, height = null, layer = null } = inside;
  const spec: Spec = { width, height, layer };
  const panels = labelsOf(drawing, first, facetField(0)).length;
  const facet: Spec =
    second === undefined
      ? { facet: field(first, 0), columns: panels <= 4 ? panels : 3 }
      : { facet: { column: field(first, 0), row: field(second, 1) } };
  return { ...facet, spec, resolve: { scale: ownScales(drawing) } };
}

/** Layers belong to one model, metrics to one target: such axes are each panel's own. */
function ownScales(drawing: Drawing): Spec {
  const own: Record<string, Json> = {};
  for (const layer of drawing.figure.layers) {
    for (const { channel, value } of layer.channels) {
      const layers = value.kind === "category" && value.axis.role === "layer";
      const metrics = value.kind === "quantity" && value.metric?.includes("/") === true;
      if ((channel === "x" || channel === "y") && (layers || metrics)) {
        own[channel] = "independent";
      }
    }
  }
  return own;
}

const AXIS: Spec = {
  labelColor: MUTED,
  titleColor: INK,
  domainColor: MUTED,
  tickColor: MUTED,
  gridColor: RULE,
  gridOpacity: 0.7,
  labelFontSize: 10,
  titleFontSize: 11,
  titleFontWeight: "normal",
  titlePadding: 8,
};

export function vegaLiteSpec(drawing: Drawing, watermark: string | null): Spec {
  const { figure, data, results } = drawing;
  const text = [...(watermark === null ? [] : [watermark]), ...subtitle(figure, data)];
  const inside: Spec = {
    ...panelSize(drawing),
    layer: figure.layers.flatMap((layer, index) => [...layerSpecs(drawing, layer, index)]),
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: altText(figure, data, results),
    ...(text.length === 0
      ? {}
      : { title: { text: [...text], anchor: "start", fontSize: 10, fontWeight: "normal", color: MUTED, offset: 10 } }),
    data: { values: [...data.values] },
    ...facetSpec(drawing, inside),
    config: {
      font: FONT,
      background: "#ffffff",
      padding: 8,
      view: { stroke: RULE },
      axis: AXIS,
      legend: {
        labelColor: MUTED,
        titleColor: INK,
        titleFontSize: 11,
        titleFontWeight: "normal",
        labelFontSize: 10,
        gradientLength: 140,
      },
    },
  };
}
