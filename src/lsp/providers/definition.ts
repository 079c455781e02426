/** Where a name is declared; of an import, the file. */

import type { LocationLink } from "vscode-languageserver/node";
import { nodesAt } from "../cursor/nodes.js";
import { rangeOf } from "../diagnostics/convert.js";
import { occurrenceAt, type Place } from "./place.js";

const START = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

export function definition({ workspace, view, offset }: Place): LocationLink[] {
  const occurrence = occurrenceAt(view, offset);
  if (occurrence === undefined) return importedFile({ workspace, view, offset });
  return occurrence.symbols.map(({ path, span, declared }) => {
    const document = workspace.documentOf(view, path);
    const whole = declared !== undefined && declared.declaration.name.span.start === span.start;
    return {
      targetUri: document.uri,
      targetRange: rangeOf(document, whole ? declared.declaration.span : span),
      targetSelectionRange: rangeOf(document, span),
      originSelectionRange: rangeOf(view.document, occurrence.span),
    };
  });
}

function importedFile({ workspace, view, offset }: Place): LocationLink[] {
  const { file, document } = view;
  const item = nodesAt(file.syntax, offset).find((node) => node.kind === "import");
  const found = file.imports.find((each) => each.item === item);
  if (found?.file === undefined) return [];
  const targetUri = workspace.documentOf(view, found.file.path).uri;
  const origin = rangeOf(document, found.item.from.span);
  return [{ targetUri, targetRange: START, targetSelectionRange: START, originSelectionRange: origin }];
}
