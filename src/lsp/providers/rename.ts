/** Renaming: every use, in every file, and a refusal that says why where the new name would mean something else. */

import { ErrorCodes, type Range, ResponseError, type TextEdit, type WorkspaceEdit } from "vscode-languageserver/node";
import { ALL_TOKENS, Identifier, Name } from "../../../grammar/tokens.js";
import { bundledStudy } from "../../runtime/host/index.js";
import { rangeOf } from "../diagnostics/convert.js";
import { experimentNames, type NamedSymbol, parameterSymbols } from "../names/symbols.js";
import type { View } from "../workspace/workspace.js";
import { occurrenceAt, type Place } from "./place.js";
import { type Uses, usesOf } from "./references.js";

function refuse(message: string): never {
  throw new ResponseError(ErrorCodes.InvalidRequest, message);
}

export function prepareRename(place: Place): { readonly range: Range; readonly placeholder: string } {
  const occurrence = occurrenceAt(place.view, place.offset);
  const [symbol] = occurrence?.symbols ?? [];
  if (occurrence === undefined || symbol === undefined) return refuse("there is no declared name here.");
  for (const each of occurrence.symbols) refuseFixed(place, each);
  return { range: rangeOf(place.view.document, occurrence.span), placeholder: symbol.name };
}

function refuseFixed({ view }: Place, { fixed, name, path }: NamedSymbol): void {
  if (fixed) refuse(`\`${name}\` is a slot of the language; it cannot be called otherwise.`);
  if (view.project.absolute(path) === bundledStudy) refuse(`\`${name}\` is declared in a file that comes with xferc.`);
}

export async function rename(place: Place, newName: string): Promise<WorkspaceEdit> {
  const occurrence = occurrenceAt(place.view, place.offset);
  const [symbol] = occurrence?.symbols ?? [];
  if (occurrence === undefined || symbol === undefined) return refuse("there is no declared name here.");
  refuseName(newName);
  if (newName === symbol.name) return { changes: {} };
  const found = await usesOf(place, occurrence);
  for (const each of found.symbols) refuseFixed(place, each);
  for (const view of found.views) refuseClash(view, found, symbol.name, newName);
  const changes: Record<string, TextEdit[]> = {};
  for (const { view, occurrence: use } of found.uses) {
    const edits = changes[view.document.uri] ?? [];
    changes[view.document.uri] = edits;
    edits.push({ range: rangeOf(view.document, use.span), newText: newName });
  }
  return { changes };
}

const RESERVED: ReadonlySet<string> = new Set(
  ALL_TOKENS.flatMap(({ PATTERN, CATEGORIES }) =>
    typeof PATTERN === "string" && /^\w+$/.test(PATTERN) && !CATEGORIES?.includes(Name) ? [PATTERN] : [],
  ),
);

function refuseName(name: string): void {
  const pattern = Identifier.PATTERN instanceof RegExp ? Identifier.PATTERN.source : "";
  if (!new RegExp(`^(?:${pattern})$`).test(name))
    refuse(`\`${name}\` is no name: letters, digits and \`_\`, the first no digit.`);
  if (RESERVED.has(name)) refuse(`\`${name}\` is a word of the language.`);
}

/** What the new name already means where the old one is read. */
function refuseClash(view: View, { symbols, uses }: Uses, oldName: string, newName: string): void {
  const inFile = uses.some((use) => use.view === view);
  const inner = symbols.filter(
    ({ kind }) => kind === "axis" || kind === "measure" || kind === "parameter" || kind === "label",
  );
  for (const { declared, kind } of inner) {
    if (declared === undefined) continue;
    const { axes, measures } = experimentNames(declared);
    const taken = axes.has(newName) || measures.has(newName) || parameterSymbols(declared).has(newName);
    if (taken && kind !== "label") refuse(`\`${declared.name}\` has \`${newName}\` already.`);
  }
  const outer = symbols.length > inner.length;
  const sees = outer && view.scope.names.has(oldName);
  if ((inFile || sees) && view.scope.names.has(newName))
    refuse(`\`${newName}\` is declared already, as ${view.file.path} sees it.`);
  if (inFile && view.names.words.has(newName)) refuse(`${view.file.path} uses \`${newName}\` with another meaning.`);
  if (outer && inFile && hidden(view, newName))
    refuse(`an axis or parameter in ${view.file.path} is called \`${newName}\`.`);
}

/** An inner name would hide it. */
function hidden(view: View, name: string): boolean {
  return view.names.occurrences.some(({ symbols, role }) =>
    symbols.some(
      (symbol) =>
        role === "declaration" && symbol.name === name && (symbol.kind === "axis" || symbol.kind === "parameter"),
    ),
  );
}
