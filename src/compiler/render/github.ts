/** Workflow commands: GitHub shows them beside the changed lines. */

import type { Diagnostic, Location } from "../diagnostics.js";
import type { LineMaps } from "./frame.js";

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

export function githubReport(diagnostics: readonly Diagnostic[], maps: LineMaps): string {
  return diagnostics.map((each) => command(each, maps)).join("\n");
}

function command(diagnostic: Diagnostic, maps: LineMaps): string {
  const { severity, code, name, message, label, note, hint, location, related } = diagnostic;
  const map = maps.get(location.path);
  const start = map?.position(location.span.start) ?? { line: 1, column: 1 };
  const end = map?.position(location.span.end) ?? start;
  const elsewhere = related.map((each) => `${placeOf(each.location, maps)}: ${each.message}`);
  const body = [message, label, note, hint, ...elsewhere]
    .filter((part) => part !== undefined && part !== "")
    .join("\n");
  const properties = [
    `file=${property(location.path)}`,
    `line=${start.line}`,
    `endLine=${end.line}`,
    ...(start.line === end.line ? [`col=${start.column}`, `endColumn=${Math.max(end.column, start.column + 1)}`] : []),
    `title=${property(`${code} ${name}`)}`,
  ];
  return `::${COMMANDS[severity]} ${properties.join(",")}::${data(body)}`;
}

function placeOf({ path, span }: Location, maps: LineMaps): string {
  const at = maps.get(path)?.position(span.start);
  return at === undefined ? path : `${path}:${at.line}:${at.column}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
