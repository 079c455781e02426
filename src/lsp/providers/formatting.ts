/** The formatter's text as the fewest edits, so that cursors and folds stay where they are. */

import type { Range, TextEdit } from "vscode-languageserver/node";
import { textEdits } from "../../compiler/format/edits.js";
import { format } from "../../compiler/format/index.js";
import { rangeOf } from "../diagnostics/convert.js";
import type { View } from "../workspace/workspace.js";

/** Empty where nothing changes, or where the text does not parse: broken text is not touched. */
export function formatting({ file, document }: View, range?: Range): TextEdit[] {
  const { text } = file;
  const result = format(text);
  if (!result.ok) return [];
  const edits = textEdits(text, result.text).map(({ span, text: newText }) => ({
    range: rangeOf(document, span),
    newText,
  }));
  return range === undefined ? edits : edits.filter((edit) => touches(edit.range, range));
}

/** Lines, not characters: a line that is half selected is formatted whole. */
function touches(edit: Range, wanted: Range): boolean {
  // a selection that ends before the first character of a line does not mean that line
  const last =
    wanted.end.character === 0 && wanted.end.line > wanted.start.line ? wanted.end.line - 1 : wanted.end.line;
  return edit.start.line <= last && edit.end.line >= wanted.start.line;
}
