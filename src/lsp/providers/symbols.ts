/** The outline of a document, and declarations of all documents by name. */

import {
  type DocumentSymbol,
  SymbolKind as LspKind,
  type Range,
  type WorkspaceSymbol,
} from "vscode-languageserver/node";
import type { Axis, Declaration, DeclarationKind, Identifier, Span, Statement } from "../../../grammar/syntax.js";
import { rangeOf } from "../diagnostics/convert.js";
import type { View } from "../workspace/workspace.js";

const DECLARATION_SYMBOLS: { readonly [kind in DeclarationKind]: LspKind } = {
  param: LspKind.Constant,
  dataset: LspKind.Array,
  model: LspKind.Class,
  source: LspKind.Interface,
  part: LspKind.Field,
  init: LspKind.Constructor,
  recipe: LspKind.Struct,
  group: LspKind.Array,
  experiment: LspKind.Module,
  derive: LspKind.Variable,
  table: LspKind.Object,
  figure: LspKind.Object,
  profile: LspKind.Event,
};

export function documentSymbols({ file, document }: View): DocumentSymbol[] {
  const symbol = (name: string, detail: string, kind: LspKind, whole: Span, named: Span): DocumentSymbol => ({
    ...{ name: name === "" ? "…" : name, detail, kind },
    range: rangeOf(document, whole),
    selectionRange: within(rangeOf(document, named), rangeOf(document, whole)),
  });
  const inner = (statement: Statement): DocumentSymbol[] => {
    switch (statement.kind) {
      case "vary":
        return statement.axes.map((axis) => {
          const { text, span } = axisName(axis);
          return symbol(text, "axis", LspKind.Enum, axis.span, span);
        });
      case "measure":
        return [symbol(statement.name.text, "measure", LspKind.Property, statement.span, statement.name.span)];
      case "setting":
        return [symbol(statement.name.text, "", LspKind.Field, statement.span, statement.name.span)];
      case "tune":
      case "where":
      case "assignment":
      case "rule":
        return [];
      default:
        return statement satisfies never;
    }
  };
  return file.syntax.items.flatMap((item): DocumentSymbol[] => {
    switch (item.kind) {
      case "import":
        return [symbol(item.from.value, "import", LspKind.File, item.span, item.from.span)];
      case "study": {
        const study = symbol(item.name.text, item.title?.value ?? "study", LspKind.Package, item.span, item.name.span);
        return [{ ...study, children: item.body.statements.flatMap(inner) }];
      }
      case "declaration": {
        const declared = symbol(
          item.name.text,
          detailOf(item),
          DECLARATION_SYMBOLS[item.keyword],
          item.span,
          item.name.span,
        );
        return [{ ...declared, children: (item.body?.statements ?? []).flatMap(inner) }];
      }
      default:
        return item satisfies never;
    }
  });
}

function detailOf({ keyword, parameters }: Declaration): string {
  return parameters.length === 0 ? keyword : `${keyword} (${parameters.map(({ name }) => name.text).join(", ")})`;
}

export function axisName(axis: Axis): Identifier {
  if (axis.kind === "tuple-axis") return axis.name;
  return { text: axis.path.segments.map(({ text }) => text).join("."), span: axis.path.span };
}

/** The protocol wants the name inside of the whole; in broken text it may not be. */
function within(inner: Range, outer: Range): Range {
  const before =
    inner.start.line < outer.start.line ||
    (inner.start.line === outer.start.line && inner.start.character < outer.start.character);
  const behind =
    inner.end.line > outer.end.line || (inner.end.line === outer.end.line && inner.end.character > outer.end.character);
  return before || behind ? outer : inner;
}

/** Letters of the query in order, as editors match. */
export function workspaceSymbols(views: readonly View[], query: string): WorkspaceSymbol[] {
  const letters = query.toLowerCase();
  return views.flatMap(({ file, document }) =>
    file.syntax.items.flatMap((item): WorkspaceSymbol[] => {
      if (item.kind === "import" || item.name.text === "" || !matches(item.name.text.toLowerCase(), letters)) return [];
      const kind = item.kind === "study" ? LspKind.Package : DECLARATION_SYMBOLS[item.keyword];
      const location = { uri: document.uri, range: rangeOf(document, item.name.span) };
      return [{ name: item.name.text, kind, location, containerName: file.path }];
    }),
  );
}

function matches(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
