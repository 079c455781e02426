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
import { CATEGORIES, INK, MUTED } from "./palette.js";

const STAR =
  "M0,-1L0.235,-0.324L0.951,-0.309L0.38,0.124L0.588,0.809L0,0.4L-0.588,0.809L-0.38,0.124L-0.951,-0.309L-0.235,-0.324Z";

const SERIES = ["color", "dash"] as const;

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
      return [
        {
          mark: { type: "bar", ...(encoding.xOffset === undefined ? { width: { band: 0.65 } } : {}), ...color },
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
