/**
 * Diagnostics between two keystrokes: what an edit can matter to is compiled again, all else that was said stands where
 * it moved to. The next full compilation, a moment after the last keystroke, has the last word; lints, and studies under
 * their profiles, are its to judge.
 */

import type { Span } from "../../../grammar/syntax.js";
import { losesNames } from "../../compiler/cascades/index.js";
import { compile } from "../../compiler/compile.js";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import type { LoadedFile } from "../../compiler/load.js";
import type { View } from "../workspace/workspace.js";
import { affected } from "./affected.js";
import { changeBetween, shifted } from "./shift.js";

export interface Said {
  readonly file: LoadedFile;
  /** All that was found: what is told of it depends on the whole. */
  readonly found: readonly Diagnostic[];
  /** Every file it reads. */
  readonly files: readonly LoadedFile[];
}

/** Judged by the full compilation alone. */
export function waits(diagnostic: Diagnostic, { syntax, path }: LoadedFile): boolean {
  const { code, name, location } = diagnostic;
  if (code.startsWith("XF09") || name === "profile-breaks-study") return true;
  if (location.path !== path) return false;
  return syntax.items.some(
    (item) =>
      item.kind === "declaration" &&
      item.keyword === "profile" &&
      item.body?.statements.some((line) => line.kind === "assignment" && contains(line.value.span, location.span)),
  );
}

const isSyntax = ({ code }: Diagnostic): boolean => code.startsWith("XF01");

/** `undefined` where only a full compilation can tell. */
export async function keystroke(
  before: Pick<Said, "file" | "found">,
  view: View,
): Promise<readonly Diagnostic[] | undefined> {
  const { file, project, program } = view;
  const touched = affected(
    { text: before.file.text, syntax: before.file.syntax },
    { text: file.text, syntax: file.syntax },
  );
  if (touched.kind === "all" || losesNames(before.file) !== losesNames(file)) return undefined;
  const focus = touched.declarations;
  const { found } = await compile(file.path, project.host, { focus: (each) => focus.has(each) });
  const change = changeBetween(before.file.text, file.text);
  const spans = program.root.syntax.items.flatMap((item) =>
    item.kind === "declaration" ? [{ span: item.span, again: focus.has(item) }] : [],
  );
  /** Lies in a declaration that was not looked at again. */
  const stands = (diagnostic: Diagnostic): boolean => {
    const { path, span } = diagnostic.location;
    if (waits(diagnostic, file)) return true;
    // the whole text is parsed, and what it lacks is said anew
    if (isSyntax(diagnostic)) return false;
    // about the whole file, though it stands at an experiment
    if (diagnostic.name === "no-study") return false;
    if (path !== file.path) return false;
    const around = spans.find((each) => contains(each.span, span));
    return around !== undefined && !around.again;
  };
  const kept = before.found.flatMap((each) => shifted(each, file.path, change) ?? []).filter(stands);
  return merged([...found.filter((each) => !waits(each, file)), ...kept]);
}

function contains(outer: Span, { start, end }: Span): boolean {
  return start >= outer.start && end <= outer.end;
}

/** One a place and kind, in the order of the text. */
function merged(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byPlace = new Map<string, Diagnostic>();
  for (const each of diagnostics) {
    const { path, span } = each.location;
    const place = `${each.name} ${path} ${span.start} ${span.end}`;
    if (!byPlace.has(place)) byPlace.set(place, each);
  }
  return [...byPlace.values()].sort((a, b) => a.location.span.start - b.location.span.start);
}
