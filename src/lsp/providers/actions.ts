/** Quick fixes: what the diagnostics offer, and a reasoned ignore for what is a warning. */

import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic as LspDiagnostic,
  type TextEdit,
} from "vscode-languageserver/node";
import type { Span } from "../../../grammar/syntax.js";
import type { Diagnostic, Fix, Location } from "../../compiler/diagnostics.js";
import { type DocumentOf, lspDiagnostic, rangeOf } from "../diagnostics/convert.js";
import type { View } from "../workspace/workspace.js";
import { missingStatements } from "./missing.js";

export function codeActions(
  view: View,
  said: readonly Diagnostic[],
  wanted: Span,
  documentOf: DocumentOf,
  only: readonly string[] | undefined,
): CodeAction[] {
  // clients that ask for no kind in particular leave the list out or leave it empty
  const asked = (kind: string): boolean =>
    only === undefined || only.length === 0 || only.some((each) => kind === each || kind.startsWith(`${each}.`));
  const touches = ({ path, span }: Location): boolean =>
    path === view.file.path && span.start <= wanted.end && span.end >= wanted.start;
  // a name is told of at its first use, and may be mended at each
  const here = said.filter(
    ({ location, related, fixes }) =>
      touches(location) ||
      related.some((each) => touches(each.location) && fixes.some(({ edits }) => edits.some(isAt(each.location)))),
  );
  const actions: CodeAction[] = [];
  if (asked(CodeActionKind.QuickFix)) {
    for (const each of here) {
      const about = [lspDiagnostic(each, documentOf)];
      [...each.fixes, ...missingStatements(view, each)].forEach((fix, index) => {
        actions.push(fixAction(fix, about, documentOf, index === 0 ? "preferred" : "further"));
      });
      if (each.severity === "warning" && !each.name.startsWith("ignore-"))
        actions.push(ignoreAction(view, each, about));
    }
  }
  const safe = said.flatMap(({ fixes, location }) =>
    location.path === view.file.path ? fixes.filter((fix) => fix.safe).slice(0, 1) : [],
  );
  const all = wholeFixes(safe, view.file.path);
  if (asked(FIX_ALL) && all.length > 0) {
    actions.push({ title: "apply all safe fixes", kind: FIX_ALL, edit: { changes: changesOf(all, documentOf) } });
  }
  return actions;
}

function isAt({ path, span }: Location): (edit: Fix["edits"][number]) => boolean {
  return ({ location }) => location.path === path && location.span.start <= span.start && span.end <= location.span.end;
}

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.xfer`;

function fixAction(
  { title, edits }: Fix,
  diagnostics: LspDiagnostic[],
  documentOf: DocumentOf,
  rank: "preferred" | "further",
): CodeAction {
  const isPreferred = rank === "preferred";
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics,
    isPreferred,
    edit: { changes: changesOf(edits, documentOf) },
  };
}

function changesOf(edits: Fix["edits"], documentOf: DocumentOf): Record<string, TextEdit[]> {
  const changes: Record<string, TextEdit[]> = {};
  for (const { location, text } of edits) {
    const document = documentOf(location.path);
    const known = changes[document.uri] ?? [];
    changes[document.uri] = known;
    known.push({ range: rangeOf(document, location.span), newText: text });
  }
  return changes;
}

/** Those that do not touch each other; of two that do, the first. */
function wholeFixes(fixes: readonly Fix[], path: string): Fix["edits"] {
  const taken: Fix["edits"][number][] = [];
  for (const { edits } of fixes) {
    const free = edits.every(
      ({ location }) =>
        location.path === path &&
        taken.every(({ location: { span } }) => span.end < location.span.start || span.start > location.span.end),
    );
    if (free) taken.push(...edits);
  }
  return taken;
}

/** A comment of its own above the line; the reason is for the author to write. */
function ignoreAction(
  { document, file }: View,
  { name, location }: Diagnostic,
  diagnostics: LspDiagnostic[],
): CodeAction {
  const { line } = document.positionAt(location.span.start);
  const start = document.offsetAt({ line, character: 0 });
  const indent = /^[ \t]*/.exec(file.text.slice(start))?.[0] ?? "";
  const end = file.text.includes("\r\n") ? "\r\n" : "\n";
  const place = { line, character: 0 };
  const newText = `${indent}// xfer-ignore ${name}: why it is meant${end}`;
  return {
    title: `ignore \`${name}\` here, with a reason`,
    kind: CodeActionKind.QuickFix,
    diagnostics,
    edit: { changes: { [document.uri]: [{ range: { start: place, end: place }, newText }] } },
  };
}
