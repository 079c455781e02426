/** What was said of a text, moved to where it is in the text after an edit. */

import type { Span } from "../../../grammar/syntax.js";
import type { Diagnostic, Location, TextEdit } from "../../compiler/diagnostics.js";

/** One stretch of the old text that became another. */
export interface Change {
  readonly from: number;
  readonly oldTo: number;
  readonly delta: number;
}

export function changeBetween(oldText: string, text: string): Change {
  const most = Math.min(oldText.length, text.length);
  let from = 0;
  while (from < most && oldText.charCodeAt(from) === text.charCodeAt(from)) from += 1;
  let rest = 0;
  while (
    rest < most - from &&
    oldText.charCodeAt(oldText.length - 1 - rest) === text.charCodeAt(text.length - 1 - rest)
  ) {
    rest += 1;
  }
  return { from, oldTo: oldText.length - rest, delta: text.length - oldText.length };
}

/** `undefined` where the edit touched it. */
function moved({ start, end }: Span, { from, oldTo, delta }: Change): Span | undefined {
  if (end < from) return { start, end };
  if (start > oldTo) return { start: start + delta, end: end + delta };
  // an edit inside of what a long span covers leaves it about the same thing
  return start < from && end > oldTo ? { start, end: end + delta } : undefined;
}

/** `undefined` where the edit touched what it is about. */
export function shifted(diagnostic: Diagnostic, path: string, change: Change): Diagnostic | undefined {
  const move = (location: Location): Location | undefined => {
    if (location.path !== path) return location;
    const span = moved(location.span, change);
    return span && { path, span };
  };
  const location = move(diagnostic.location);
  if (location === undefined) return undefined;
  const related = diagnostic.related.flatMap((each) => {
    const place = move(each.location);
    return place === undefined ? [] : [{ ...each, location: place }];
  });
  const fixes = diagnostic.fixes.flatMap((fix) => {
    const edits = fix.edits.flatMap((edit): readonly TextEdit[] => {
      const place = move(edit.location);
      return place === undefined ? [] : [{ ...edit, location: place }];
    });
    return edits.length === fix.edits.length ? [{ ...fix, edits }] : [];
  });
  return { ...diagnostic, location, related, fixes };
}
