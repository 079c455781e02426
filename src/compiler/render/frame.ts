/** One diagnostic as people read it: what, where with its line, why, what to do. */

import type { Diagnostic, Related, Severity } from "../diagnostics.js";
import type { LineMap } from "../lines.js";
import { displayWidth, expandTabs, printable } from "./width.js";

/** Wraps text in colour, or leaves it. */
export interface Palette {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly info: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const plain = (text: string): string => text;
export const NO_COLORS: Palette = { error: plain, warning: plain, info: plain, bold: plain, dim: plain };

/** Longer lines are cut around the place that is meant. */
const MAX_WIDTH = 140;
const BEFORE = 60;
const MOST_PLACES = 12;

export type LineMaps = ReadonlyMap<string, LineMap>;

export function frame(diagnostic: Diagnostic, maps: LineMaps, palette: Palette): string {
  const { severity, code, name, related, fixes } = diagnostic;
  const [message = "", note, hint] = [diagnostic.message, diagnostic.note, diagnostic.hint].map(harmless);
  const head = `${palette[severity](`${severity}[${code} ${name}]`)}${palette.bold(`: ${message}`)}`;
  const lines = [head, ...excerpt(diagnostic, maps, palette)];
  for (const each of together(related)) {
    lines.push(...relatedLines(each, maps, palette));
  }
  if (note !== undefined && note !== "") {
    lines.push(`  ${note}`);
  }
  for (const fix of fixes) {
    lines.push(`  ${palette.bold("fix")}: ${harmless(fix.title)}`);
  }
  if (hint !== undefined && hint !== "" && !(fixes.length > 0 && hint.startsWith("did you mean"))) {
    lines.push(`  ${palette.bold("hint")}: ${hint}`);
  }
  return lines.join("\n");
}

/** Places of which the same is said are told together. */
function together(related: readonly Related[]): readonly (readonly [Related, ...Related[]])[] {
  const groups = new Map<string, [Related, ...Related[]]>();
  for (const each of related) {
    const key = `${each.location.path} ${each.message}`;
    const known = groups.get(key);
    if (known === undefined) {
      groups.set(key, [each]);
    } else {
      known.push(each);
    }
  }
  return [...groups.values()];
}

/** One place with its line; several, where they are. */
function relatedLines(
  [first, ...others]: readonly [Related, ...Related[]],
  maps: LineMaps,
  palette: Palette,
): readonly string[] {
  const map = maps.get(first.location.path);
  const at = map?.position(first.location.span.start);
  const file = shownPath(first.location.path, maps);
  const message = `    ${harmless(first.message)}`;
  if (map === undefined || at === undefined) {
    return [`  ${file}`, message];
  }
  if (others.length === 0) {
    return [`  ${file}:${at.line}:${at.column} ${palette.dim("│")} ${clip(map.line(at.line).trim())}`, message];
  }
  const places = [first, ...others].map(({ location }) => {
    const { line, column } = map.position(location.span.start);
    return `${line}:${column}`;
  });
  const shown = places.slice(0, MOST_PLACES).join(", ");
  const more = places.length > MOST_PLACES ? ` and ${places.length - MOST_PLACES} more` : "";
  return [`  ${file}:${shown}${more}`, message];
}

function excerpt({ location, label, severity }: Diagnostic, maps: LineMaps, palette: Palette): readonly string[] {
  const map = maps.get(location.path);
  if (map === undefined) {
    return [`  ${harmless(location.path)}`];
  }
  const start = map.position(location.span.start);
  const place = location.path.startsWith("--")
    ? (location.path.split(" ")[0] ?? "")
    : `${shownPath(location.path, maps)}:${start.line}:${start.column}`;
  const bar = palette.dim("│");
  if (map.text.trim() === "") {
    return [`  ${place}`];
  }
  const line = map.line(start.line);
  const end = Math.max(start.column, Math.min(start.column + location.span.end - location.span.start, line.length + 1));
  const shift = line.length > MAX_WIDTH ? Math.max(0, start.column - 1 - BEFORE) : 0;
  const shown = clip(line.slice(shift));
  const before = line.slice(shift, start.column - 1);
  const marked = line.slice(start.column - 1, Math.min(end - 1, shift + MAX_WIDTH));
  const lead = shift > 0 ? "…" : "";
  const carets = "^".repeat(Math.max(1, displayWidth(expandTabs(marked))));
  const indent = " ".repeat(displayWidth(expandTabs(`${lead}${before}`)));
  const gutter = " ".repeat(displayWidth(place) + 2);
  const tail = label === undefined || label === "" ? "" : ` ${harmless(label)}`;
  return [
    `  ${place} ${bar} ${expandTabs(`${lead}${shown}`)}`.trimEnd(),
    `${gutter} ${bar} ${indent}${colored(severity, palette)(`${carets}${tail}`)}`,
  ];
}

function colored(severity: Severity, palette: Palette): (text: string) => string {
  return palette[severity];
}

function clip(text: string): string {
  return text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH)}…` : text;
}

/** The file's name, or all of its path where another file is called so. */
function shownPath(path: string, maps: LineMaps): string {
  const name = basename(path);
  const alike = [...maps.keys()].filter((each) => each === name || each.endsWith(`/${name}`));
  return printable(alike.length > 1 ? path : name);
}

/** Names of files and what a study says may hold what a terminal obeys. */
function harmless(text: string): string;
function harmless(text: string | undefined): string | undefined;
function harmless(text: string | undefined): string | undefined {
  return text?.split("\n").map(printable).join("\n");
}

function basename(path: string): string {
  return path.split("/").pop() || path;
}
