/** Diagnostics to text: `check --format pretty|json|github|sarif`. */

import { counted } from "../counted.js";
import type { Diagnostic } from "../diagnostics.js";
import { LineMap } from "../lines.js";
import { frame, type LineMaps, NO_COLORS, type Palette } from "./frame.js";
import { githubReport } from "./github.js";
import { jsonReport } from "./json.js";
import { sarifReport } from "./sarif.js";

export { type LineMaps, NO_COLORS, type Palette } from "./frame.js";
export { type JsonReport, jsonReport } from "./json.js";

export const FORMATS = ["pretty", "json", "github", "sarif"] as const;
export type Format = (typeof FORMATS)[number];

export interface Texts {
  readonly path: string;
  readonly text: string;
}

export interface RenderOptions {
  readonly palette?: Palette;
  /** Of xferc, for SARIF. */
  readonly version?: string;
}

function lineMaps(sources: readonly Texts[]): LineMaps {
  return new Map(sources.map(({ path, text }) => [path, new LineMap(text)]));
}

/** Without a line break at its end; empty where there is nothing to say. */
export function render(
  format: Format,
  diagnostics: readonly Diagnostic[],
  sources: readonly Texts[],
  options: RenderOptions = {},
): string {
  const maps = lineMaps(sources);
  switch (format) {
    case "pretty":
      return diagnostics.map((each) => frame(each, maps, options.palette ?? NO_COLORS)).join("\n\n");
    case "json":
      return JSON.stringify(
        jsonReport(
          sources.map((each) => each.path),
          diagnostics,
          maps,
        ),
        null,
        2,
      );
    case "github":
      return githubReport(diagnostics, maps);
    case "sarif":
      return JSON.stringify(sarifReport(diagnostics, maps, options.version ?? "0"), null, 2);
    default:
      return format satisfies never;
  }
}

/** `2 errors, 1 warning, 1 note`. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic["severity"]): number =>
    diagnostics.filter((each) => each.severity === severity).length;
  const errors = count("error");
  const warnings = count("warning");
  const notes = count("info");
  return [
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
    ...(notes > 0 ? [counted(notes, "note")] : []),
  ].join(", ");
}
