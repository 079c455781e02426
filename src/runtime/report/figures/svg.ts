/** Specifications drawn as SVG text, without a browser or a canvas; the same input, the same bytes. */

import { Error as ErrorLevel, logger, parse, resetSVGDefIds, textMetrics, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { escapeHtml } from "../page/html.js";
import type { Spec } from "./spec.js";

declare module "vega" {
  /** Exported, and missing from the typings. */
  const textMetrics: { width(item: { readonly fontSize?: number; readonly limit?: number }, text: unknown): number };
}

/** Advance widths of Helvetica and its metric twins, 1/1000 em, from the space to the tilde. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
] as const;
const ORDINARY = 556;

/** Vega guesses 0.8 em a letter without a canvas, which leaves gaps; this is what readers' fonts measure. */
function textWidth(item: { readonly fontSize?: number; readonly limit?: number }, text: unknown): number {
  let width = 0;
  for (const character of String(text ?? "")) {
    width += WIDTHS[character.charCodeAt(0) - 32] ?? ORDINARY;
  }
  const pixels = (width / 1000) * (item.fontSize ?? 11);
  return item.limit !== undefined && item.limit > 0 ? Math.min(pixels, item.limit) : pixels;
}

const QUIET = { warn: () => QUIET_LOGGER, info: () => QUIET_LOGGER, debug: () => QUIET_LOGGER };
const QUIET_LOGGER = Object.assign(logger(ErrorLevel), QUIET);

/** Ids are numbered from the start for every drawing, and made the figure's own: many stand in one page. */
function ownIds(svg: string, name: string): string {
  const prefix = `fig-${name.replace(/[^A-Za-z0-9_-]/g, "-")}-`;
  return svg
    .replace(/\bid="([^"]+)"/g, (_, id: string) => `id="${prefix}${id}"`)
    .replace(/url\(#([^)]+)\)/g, (_, id: string) => `url(#${prefix}${id})`);
}

/** One picture with one text for those who hear it; vega would give every mark its own. */
function described(svg: string, description: unknown): string {
  return typeof description === "string"
    ? svg.replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(description)}" `)
    : svg;
}

const ROLES = / role="graphics-(?:object|symbol)" aria-roledescription="[^"]*"(?: aria-label="[^"]*")?/g;
const SAID = /<(path|rect|line) aria-label="([^"]*)"([^>]*)\/>/g;

/** What a mark says becomes its title, which browsers show to who points at it; roles of a picture's parts say nothing. */
function titled(svg: string): string {
  return svg.replace(ROLES, "").replace(SAID, "<$1$3><title>$2</title></$1>");
}

/** Of a specification of our own making: its data is inside, nothing is loaded. */
export async function renderSvg(spec: Spec, name: string): Promise<string> {
  const before = textMetrics.width;
  textMetrics.width = textWidth;
  resetSVGDefIds();
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: QUIET_LOGGER });
  const view = new View(parse(compiled.spec), { renderer: "none", logger: QUIET_LOGGER });
  try {
    return `${described(titled(ownIds(await view.toSVG(), name)), spec.description)}\n`;
  } finally {
    view.finalize();
    textMetrics.width = before;
  }
}
