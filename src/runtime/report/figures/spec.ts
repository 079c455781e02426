/** A figure as a vega-lite specification with its numbers inside; the study decides what, this decides how it looks. */

import type { Json } from "../../../catalog/types.js";
import { barsOf, channelOf, type Drawing, labelsOf, type Spec, slantedReach } from "./channels.js";
import { facetField } from "./data.js";
import { layerSpecs } from "./marks.js";
import { INK, MUTED, RULE } from "./palette.js";
import { altText, subtitle } from "./words.js";

export type { Spec } from "./channels.js";

const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";

function categoryCount(drawing: Drawing, name: "x" | "y"): number {
  const channel = drawing.figure.layers
    .map((layer) => channelOf(layer, name))
    .find((each) => each?.value.kind === "category");
  return channel?.value.kind === "category" ? labelsOf(drawing, channel.value.axis, name).length : 0;
}

/** The most that stand in one panel: layers of one model are no layers of another. */
function mostInPanel({ data, figure }: Drawing, name: "x" | "y"): number {
  const panels = new Map<string, Set<unknown>>();
  for (const datum of data.values) {
    const key = JSON.stringify(figure.facet.map((_, index) => datum[facetField(index)] ?? null));
    panels.set(key, (panels.get(key) ?? new Set()).add(datum[name]));
  }
  return Math.max(0, ...[...panels.values()].map(({ size }) => size));
}

function barsAbreast(drawing: Drawing): number {
  return Math.max(1, ...drawing.figure.layers.map((layer) => barsOf(drawing, layer).length));
}

function panelSize(drawing: Drawing): Spec {
  const heat = drawing.figure.layers.some((layer) => layer.mark === "heatmap");
  const panels = drawing.figure.facet.length > 0;
  const [columns, rows] = [categoryCount(drawing, "x"), categoryCount(drawing, "y")];
  const step = (n: number): number => (n > 40 ? 9 : n > 16 ? 13 : n > 6 ? 22 : 34);
  const wide = panels ? panelWidth(drawing) : 460;
  const bars = barsAbreast(drawing);
  const slot = bars * 18 > 40 ? bars * 18 : Math.max(10, Math.min(40, Math.round(wide / Math.max(1, columns))));
  return {
    width: columns > 0 ? { step: heat ? step(mostInPanel(drawing, "x")) : slot, for: "position" } : wide,
    height: heat && rows > 0 ? { step: step(mostInPanel(drawing, "y")) } : panels ? 210 : 280,
  };
}

/** A drawing wider than this is drawn smaller than it is on a page, or has to be scrolled. */
const PAGE = 900;
/** Axis, title and gap beside a panel. */
const BESIDE = 62;
const PANEL = { least: 130, most: 300 } as const;

/** Numbers along x: as wide as fits beside the others. */
function panelWidth(drawing: Drawing): number {
  const fitting = Math.floor(PAGE / panelColumns(drawing)) - BESIDE;
  return Math.max(PANEL.least, Math.min(PANEL.most, fitting));
}

/** Panels of one axis are broken into rows of about equal length. */
function panelColumns(drawing: Drawing): number {
  const [first, second] = drawing.figure.facet;
  if (first === undefined) {
    return 1;
  }
  const panels = labelsOf(drawing, first, facetField(0)).length;
  if (second !== undefined || panels === 0) {
    return Math.max(1, panels);
  }
  const categories = categoryCount(drawing, "x");
  const width = categories > 0 ? Math.max(110, categories * 20) : PANEL.most - 40;
  const fitting = Math.max(1, Math.floor(PAGE / (width + BESIDE)));
  return Math.ceil(panels / Math.ceil(panels / fitting));
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
  const facet: Spec =
    second === undefined
      ? { facet: field(first, 0), columns: panelColumns(drawing) }
      : { facet: { column: field(first, 0), row: field(second, 1) } };
  const scale = ownScales(drawing);
  const axis: Spec = leavesGap(drawing) ? { axis: { x: "independent" } } : {};
  return { ...facet, ...flushRow(drawing, scale), spec, resolve: { scale, ...axis } };
}

/**
 * Slanted labels of a first panel reach to its left, marks over its edge, and a shared axis would stand beyond them, away
 * from what it measures. In a single row the panels themselves are set side by side, with room for labels between them.
 */
function flushRow(drawing: Drawing, own: Spec): Spec {
  const [first, second] = drawing.figure.facet;
  const rows =
    second === undefined
      ? Math.ceil((first === undefined ? 1 : labelsOf(drawing, first, facetField(0)).length) / panelColumns(drawing))
      : labelsOf(drawing, second, facetField(1)).length;
  const reach = Math.max(0, ...drawing.figure.layers.map((layer) => slantedReach(drawing, layer)));
  // names beside points reach to the right, and nobody knows how far
  const named = drawing.figure.layers.some(({ detail }) => detail.length > 0);
  return rows > 1 || own.y !== undefined || named ? {} : { bounds: "flush", spacing: { column: Math.max(24, reach) } };
}

/** A shared axis stands once below each column: where the last row is short, in the place of a panel that is not there. */
function leavesGap(drawing: Drawing): boolean {
  const [first, second] = drawing.figure.facet;
  const panels = first === undefined || second !== undefined ? 0 : labelsOf(drawing, first, facetField(0)).length;
  return panels % panelColumns(drawing) !== 0;
}

/** Layers belong to one model, metrics to one target, groups to one attribute: such axes are each panel's own. */
function ownScales(drawing: Drawing): Spec {
  const own: Record<string, Json> = {};
  // elsewhere every panel has the same mixture, and is to be compared with the others
  const byTarget = drawing.figure.facet.some(({ role }) => role === "target");
  const byAttribute = drawing.figure.facet.some(({ name }) => name === "attribute");
  for (const layer of drawing.figure.layers) {
    for (const { channel, value } of layer.channels) {
      const layers = value.kind === "category" && value.axis.role === "layer";
      const metrics = value.kind === "quantity" && value.metric?.includes("/") === true && byTarget;
      const groups = value.kind === "category" && value.axis.name === "group" && byAttribute;
      if ((channel === "x" || channel === "y") && (layers || metrics || groups)) {
        own[channel] = "independent";
        // bars abreast are as wide as their own panel has room for
        if (channel === "x" && layer.mark === "bar") {
          own.xOffset = "independent";
        }
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
  const text = [...(watermark === null ? [] : [watermark]), ...subtitle(figure, data, results)];
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
      aria: false,
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
