/** What every provider is given: a document as it is, and a place in it. */

import type { Span } from "../../../grammar/syntax.js";
import type { NamedSymbol, Occurrence } from "../names/symbols.js";
import type { View, Workspace } from "../workspace/workspace.js";

export interface Place {
  readonly workspace: Workspace;
  readonly view: View;
  readonly offset: number;
}

/** The name at an offset, its ends included; between two that touch, the one that begins there. */
export function occurrenceAt({ names }: View, offset: number): Occurrence | undefined {
  return (
    names.occurrences.find(({ span }) => offset >= span.start && offset < span.end) ??
    names.occurrences.find(({ span }) => offset === span.end)
  );
}

/** Where a name is declared, in any project: the same for the same place. */
export function placeKey({ project }: View, { path, span, kind }: NamedSymbol): string {
  return `${project.absolute(path)}#${span.start}:${kind}`;
}

export function sameSpan(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end;
}
