/** Marks with their bands and trends as vega-lite layers. */

import type { LayerSpec } from "../../../compiler/outputs/types.js";
import {
  besides,
  channelOf,
  colorChannel,
  type Drawing,
  dashChannel,
  position,
  type Spec,
  sizeChannel,
} from "./channels.js";
import { facetField } from "./data.js";
import { CATEGORIES, INK, MUTED } from "./palette.js";

const STAR =
  "M0,-1L0.235,-0.324L0.951,-0.309L0.38,0.124L0.588,0.809L0,0.4L-0.588,0.809L-0.38,0.124L-0.951,-0.309L-0.235,-0.324Z";

const SERIES = ["color", "dash"] as const;

/** What a reader sees who points at a mark: in vega's viewers, and in the drawing's own titles. */
const TIP: Spec = { description: { field: "tip", type: "nominal" }, tooltip: { field: "tip", type: "nominal" } };

/** One colour a layer where no channel says one; references stand out. */
function plainColor(layer: LayerSpec, index: number): string {
  return layer.mark === "star" || layer.mark === "rule"
    ? CATEGORIES[1]
    : (CATEGORIES[index % CATEGORIES.length] ?? INK);
}

export function layerSpecs(drawing: Drawing, layer: LayerSpec, index: number): readonly Spec[] {
  const own: Spec = { filter: `datum.layer === ${index}` };
  const encoding: Spec = {
    ...position(drawing, layer, "x"),
    ...position(drawing, layer, "y"),
    ...colorChannel(drawing, layer),
    ...sizeChannel(drawing, layer),
    ...besides(drawing, layer),
    ...TIP,
  };
  const color = channelOf(layer, "color") === undefined ? { color: plainColor(layer, index) } : {};
  const specs = marksOf(drawing, layer, encoding, color);
  return [...bandSpecs(layer, encoding, color), ...specs, ...trendSpecs(drawing, layer, encoding, color)].map(
    (spec) => ({
      ...spec,
      transform: [own, ...(Array.isArray(spec.transform) ? spec.transform : [])],
    }),
  );
}

/** An area along a line, a whisker elsewhere. */
function bandSpecs(layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  if (layer.band === "none") {
    return [];
  }
  const y = encoding.y;
  const axis = typeof y === "object" && y !== null && !Array.isArray(y) ? y : {};
  const ends: Spec = { y: { ...axis, field: "low" }, y2: { field: "high" } };
  const { size: _size, description: _description, tooltip: _tooltip, ...rest } = encoding;
  const shared: Spec = { ...rest, ...ends };
  const apart: Spec = channelOf(layer, "dash") === undefined ? {} : { detail: { field: "dash" } };
  return layer.mark === "line"
    ? [{ mark: { type: "area", opacity: 0.16, ...color }, encoding: { ...shared, ...apart } }]
    : [
        {
          mark: { type: "rule", strokeWidth: 1.2, ...color },
          encoding: layer.mark === "bar" ? { ...shared, color: { value: INK } } : shared,
        },
      ];
}

const SAID: Spec = { aria: true };

/** Pale colours of a scale are lost on paper without one. */
function outline(layer: LayerSpec): Spec {
  return channelOf(layer, "color")?.type === "quantitative" ? { stroke: INK, strokeWidth: 0.6 } : {};
}

function marksOf(drawing: Drawing, layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  const { description: _description, tooltip: _tooltip, ...untold } = encoding;
  switch (layer.mark) {
    case "line":
      return [
        {
          mark: { type: "line", strokeWidth: 1.8, ...color },
          encoding: { ...untold, ...dashChannel(drawing, layer) },
        },
        { mark: { type: "point", filled: true, size: 26, opacity: 1, ...SAID, ...color }, encoding },
      ];
    case "point":
      return [
        {
          mark: { type: "point", filled: true, size: 70, opacity: 0.9, ...SAID, ...outline(layer), ...color },
          encoding,
        },
        ...detailLabels(layer, encoding),
      ];
    case "bar":
      return [
        {
          mark: {
            type: "bar",
            ...SAID,
            ...(encoding.xOffset === undefined ? { width: { band: 0.65 } } : {}),
            ...color,
          },
          encoding,
        },
      ];
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
            ...SAID,
            ...color,
          },
          encoding,
        },
      ];
    case "rule":
      return [
        {
          mark: { type: "rule", strokeWidth: 1.4, strokeDash: [5, 3], ...SAID, ...color },
          encoding: { ...encoding, ...dashChannel(drawing, layer) },
        },
      ];
    case "heatmap":
      return [{ mark: { type: "rect", stroke: "#ffffff", strokeWidth: 0.5, ...SAID }, encoding }];
    default:
      return layer.mark satisfies never;
  }
}

/** Which point is which, where no channel shows it. */
function detailLabels(layer: LayerSpec, { x = null, y = null }: Spec): readonly Spec[] {
  if (layer.detail.length === 0) {
    return [];
  }
  // beside the largest there may be
  const beside = channelOf(layer, "size") === undefined ? 7 : 13;
  const mark: Spec = { type: "text", align: "left", dx: beside, dy: -5, fontSize: 8.5, color: MUTED };
  return [{ mark, encoding: { x, y, text: { field: "detail" } } }];
}

/** Whether some series of a layer is of two points or more. */
function someLine({ data, figure }: Drawing, layer: LayerSpec, split: readonly (typeof SERIES)[number][]): boolean {
  if (split.length === 0) {
    return true;
  }
  const index = figure.layers.indexOf(layer);
  const panels = figure.facet.map((_, place) => facetField(place));
  const places = new Map<string, Set<unknown>>();
  for (const datum of data.values.filter((each) => each.layer === index)) {
    const key = JSON.stringify([...split, ...panels].map((name) => datum[name] ?? ""));
    places.set(key, (places.get(key) ?? new Set()).add(datum.x));
  }
  return [...places.values()].some(({ size }) => size > 1);
}

function trendSpecs(drawing: Drawing, layer: LayerSpec, encoding: Spec, color: Spec): readonly Spec[] {
  if (layer.trend === "none") {
    return [];
  }
  const split = SERIES.filter((name) => channelOf(layer, name)?.value.kind === "category");
  // a colour that is one point has no line of its own: then the line is of all points
  const groups = someLine(drawing, layer, split) ? split : [];
  const panels = drawing.figure.facet.map((_, index) => facetField(index));
  const { size: _size, description: _description, tooltip: _tooltip, ...grouped } = encoding;
  const { color: _color, strokeDash: _dash, shape: _shape, ...alone } = grouped;
  const rest = groups.length === split.length ? grouped : alone;
  const stroke = groups.length === split.length ? color : { color: MUTED };
  const { x: horizontal, y: vertical } = drawing.figure.scales;
  // least squares on the axes as they are drawn: of logarithms where these are
  const logged = [...(horizontal === "log" ? ["x"] : []), ...(vertical === "log" ? ["y"] : [])];
  const groupby = [...groups, ...panels];
  return [
    {
      transform: [
        ...logged.map((name) => ({ calculate: `log(datum.${name})`, as: name })),
        { regression: "y", on: "x", ...(groupby.length === 0 ? {} : { groupby }) },
        ...logged.map((name) => ({ calculate: `exp(datum.${name})`, as: name })),
      ],
      mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.2, ...stroke },
      encoding: rest,
    },
  ];
}
