/** A drawing's colours on a dark ground: lines and letters that would be lost on it, and what they become. */

import type { Json } from "../../../catalog/types.js";
import { Html, html } from "../page/html.js";
import { CATEGORIES, INK, MUTED, orderedColors, orderedColorsOnDark, RULE } from "./palette.js";
import type { Spec } from "./spec.js";

const NEUTRALS: readonly (readonly [color: string, variable: string])[] = [
  ["#ffffff", "var(--paper)"],
  [INK, "var(--ink)"],
  [CATEGORIES[6], "var(--ink)"],
  ["black", "var(--ink)"],
  [MUTED, "var(--muted)"],
  [RULE, "var(--rule)"],
  ["#ddd", "var(--rule)"],
];

function rule(scope: string, [from, to]: readonly [string, string]): string {
  return `${scope} [fill="${from}"]{fill:${to}}${scope} [stroke="${from}"]{stroke:${to}}`;
}

/** For all drawings; fields (heat maps) stay as they are: their numbers are read from the same colours. */
export const DARK_DRAWINGS = NEUTRALS.map((pair) => rule("figure svg", pair)).join("\n");

/** Ranges of ordered colours in a specification. */
function orderedRanges(value: Json | undefined): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const strings = Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
  const ordered = strings.length > 0 && String(orderedColors(strings.length)) === String(strings);
  return ordered ? [strings] : Object.values(value).flatMap(orderedRanges);
}

/** A style of the drawing's own, where it has ordered colours; null where it has none. */
export function darkStyle(name: string, spec: Spec): Html | null {
  const pairs = new Map<string, string>();
  for (const range of orderedRanges({ ...spec, data: null })) {
    const dark = orderedColorsOnDark(range.length);
    for (const [index, color] of range.entries()) {
      pairs.set(color, dark[index] ?? color);
    }
  }
  if (pairs.size === 0) {
    return null;
  }
  const scope = `#figure-${name.replace(/[^A-Za-z0-9_-]/g, "_")} svg`;
  const rules = [...pairs].map((pair) => rule(scope, pair)).join("");
  return html`<style>@media screen and (prefers-color-scheme: dark){${Html.trusted(rules)}}</style>`;
}
