/** The compiler's diagnostics as the protocol has them. */

import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as LspDiagnostic,
  type Range,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Span } from "../../../grammar/syntax.js";
import type { Diagnostic, Severity } from "../../compiler/diagnostics.js";

/** A document of the project, by the path the compiler knows it by. */
export type DocumentOf = (path: string) => TextDocument;

export function rangeOf(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export function lspDiagnostic(diagnostic: Diagnostic, documentOf: DocumentOf): LspDiagnostic {
  const { code, name, severity, location, related } = diagnostic;
  const unneeded = name === "ignore-unused" || name === "unused-axis";
  return {
    range: visible(documentOf(location.path), location.span),
    severity: SEVERITIES[severity],
    code,
    source: "xfer",
    message: messageOf(diagnostic),
    ...(related.length === 0
      ? {}
      : {
          relatedInformation: related.map((each) => {
            const document = documentOf(each.location.path);
            return {
              location: { uri: document.uri, range: rangeOf(document, each.location.span) },
              message: each.message,
            };
          }),
        }),
    ...(unneeded ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}

/** A place of no width is shown on the character before it, or behind it at the start of a line. */
function visible(document: TextDocument, span: Span): Range {
  const range = rangeOf(document, span);
  if (span.end > span.start) return range;
  return range.start.character > 0
    ? { start: { ...range.start, character: range.start.character - 1 }, end: range.end }
    : { start: range.start, end: { ...range.end, character: 1 } };
}

const SEVERITIES: { readonly [severity in Severity]: DiagnosticSeverity } = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
};

/** All that is said on the command line, less the source frame. */
function messageOf({ message, label, note, hint }: Diagnostic): string {
  const lines = [message, ...(label === undefined ? [] : [label]), ...(note === undefined ? [] : [note])];
  return [...lines, ...(hint === undefined ? [] : [`hint: ${hint}`])].join("\n");
}
