/** Diagnostics for programs: contract.md's `--format json`. Lines and characters count from 0, as in LSP. */

import type { Diagnostic, Location } from "../diagnostics.js";
import type { LineMaps } from "./frame.js";

export interface JsonPosition {
  readonly line: number;
  readonly character: number;
}
export interface JsonRange {
  readonly start: JsonPosition;
  readonly end: JsonPosition;
}
export interface JsonDiagnostic {
  readonly code: string;
  readonly name: string;
  readonly severity: Diagnostic["severity"];
  readonly message: string;
  readonly label?: string;
  readonly note?: string;
  readonly hint?: string;
  readonly range: JsonRange;
  readonly related?: readonly { readonly path: string; readonly range: JsonRange; readonly message: string }[];
  readonly fixes?: readonly {
    readonly title: string;
    readonly safe: boolean;
    readonly edits: readonly { readonly path: string; readonly range: JsonRange; readonly text: string }[];
  }[];
}
export interface JsonReport {
  readonly files: readonly { readonly path: string; readonly diagnostics: readonly JsonDiagnostic[] }[];
  readonly summary: { readonly errors: number; readonly warnings: number };
}

export function jsonReport(paths: readonly string[], diagnostics: readonly Diagnostic[], maps: LineMaps): JsonReport {
  const all = [...new Set([...paths, ...diagnostics.map((each) => each.location.path)])];
  return {
    files: all.map((path) => ({
      path,
      diagnostics: diagnostics.filter((each) => each.location.path === path).map((each) => jsonDiagnostic(each, maps)),
    })),
    summary: {
      errors: diagnostics.filter((each) => each.severity === "error").length,
      warnings: diagnostics.filter((each) => each.severity === "warning").length,
    },
  };
}

function jsonDiagnostic(diagnostic: Diagnostic, maps: LineMaps): JsonDiagnostic {
  const { code, name, severity, message, label, note, hint, related, fixes, location } = diagnostic;
  return {
    code,
    name,
    severity,
    message,
    ...(label === undefined ? {} : { label }),
    ...(note === undefined ? {} : { note }),
    ...(hint === undefined ? {} : { hint }),
    range: rangeOf(location, maps),
    ...(related.length === 0
      ? {}
      : {
          related: related.map((each) => ({
            path: each.location.path,
            range: rangeOf(each.location, maps),
            message: each.message,
          })),
        }),
    ...(fixes.length === 0
      ? {}
      : {
          fixes: fixes.map((fix) => ({
            title: fix.title,
            safe: fix.safe,
            edits: fix.edits.map((edit) => ({
              path: edit.location.path,
              range: rangeOf(edit.location, maps),
              text: edit.text,
            })),
          })),
        }),
  };
}

function rangeOf(location: Location, maps: LineMaps): JsonRange {
  const map = maps.get(location.path);
  const position = (offset: number): JsonPosition => {
    const at = map?.position(offset);
    return { line: (at?.line ?? 1) - 1, character: (at?.column ?? 1) - 1 };
  };
  return { start: position(location.span.start), end: position(location.span.end) };
}
