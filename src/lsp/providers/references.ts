/** Every place a name is used, in all files of the workspace. */

import { type DocumentHighlight, DocumentHighlightKind, type Location } from "vscode-languageserver/node";
import { bundledStudy } from "../../runtime/host/index.js";
import { rangeOf } from "../diagnostics/convert.js";
import type { NamedSymbol, Occurrence } from "../names/symbols.js";
import { viewsWith } from "../workspace/files.js";
import type { View } from "../workspace/workspace.js";
import { occurrenceAt, type Place, placeKey } from "./place.js";

export interface Use {
  readonly view: View;
  readonly occurrence: Occurrence;
}

/** `symbols` grow by what an output reads under one name with them: these are found, and renamed, together. */
export interface Uses {
  readonly uses: readonly Use[];
  readonly symbols: readonly NamedSymbol[];
  /** All files that mention the name. */
  readonly views: readonly View[];
}

export async function usesOf({ workspace, view }: Place, occurrence: Occurrence): Promise<Uses> {
  const name = occurrence.symbols[0]?.name ?? "";
  const declaring = occurrence.symbols
    .map(({ path }) => view.project.absolute(path))
    .filter((path) => path !== bundledStudy);
  const views = await viewsWith(workspace, view.path, name, [...new Set(declaring)]);
  const symbols = new Map(occurrence.symbols.map((each) => [placeKey(view, each), each]));
  const uses = new Map<string, Use>();
  for (let size = -1; size !== symbols.size; ) {
    size = symbols.size;
    for (const each of views) {
      for (const found of each.names.occurrences) {
        if (!found.symbols.some((symbol) => symbols.has(placeKey(each, symbol)))) continue;
        for (const symbol of found.symbols) symbols.set(placeKey(each, symbol), symbol);
        uses.set(`${each.path}#${found.span.start}`, { view: each, occurrence: found });
      }
    }
  }
  return { uses: [...uses.values()], symbols: [...symbols.values()], views };
}

export async function references(place: Place, declarations: "with" | "without"): Promise<Location[]> {
  const occurrence = occurrenceAt(place.view, place.offset);
  if (occurrence === undefined) return [];
  const { uses } = await usesOf(place, occurrence);
  return uses
    .filter((use) => declarations === "with" || use.occurrence.role === "reference")
    .map(({ view, occurrence: { span } }) => ({ uri: view.document.uri, range: rangeOf(view.document, span) }));
}

export function highlights({ view, offset }: Place): DocumentHighlight[] {
  const occurrence = occurrenceAt(view, offset);
  const wanted = new Set(occurrence?.symbols.map((symbol) => placeKey(view, symbol)));
  return view.names.occurrences
    .filter(({ symbols }) => symbols.some((symbol) => wanted.has(placeKey(view, symbol))))
    .map(({ span, role }) => ({
      range: rangeOf(view.document, span),
      kind: role === "declaration" ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
    }));
}
