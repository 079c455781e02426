/** Growing a selection: from the word by way of expression, argument, statement and block to the file. */

import type { Position, SelectionRange } from "vscode-languageserver/node";
import type { Span } from "../../../grammar/syntax.js";
import { nodesAt } from "../cursor/nodes.js";
import { rangeOf } from "../diagnostics/convert.js";
import type { View } from "../workspace/workspace.js";
import { sameSpan } from "./place.js";

export function selectionRange({ file, document }: View, position: Position): SelectionRange {
  const offset = document.offsetAt(position);
  const spans: Span[] = [{ start: 0, end: file.text.length }];
  const grow = (span: Span): void => {
    const last = spans.at(-1);
    if (last !== undefined && !sameSpan(last, span) && span.start >= last.start && span.end <= last.end)
      spans.push(span);
  };
  for (const node of nodesAt(file.syntax, offset)) {
    grow(node.span);
    const { start, end } = node.span;
    const bracketed = "statements" in node || node.kind === "list" || node.kind === "tuple" || node.kind === "string";
    if (bracketed && offset > start && offset < end) grow({ start: start + 1, end: end - 1 });
  }
  const word = wordAt(file.text, offset);
  if (word !== undefined) grow(word);
  let range: SelectionRange | undefined;
  for (const span of spans) {
    range =
      range === undefined ? { range: rangeOf(document, span) } : { range: rangeOf(document, span), parent: range };
  }
  return range ?? { range: { start: position, end: position } };
}

export function wordAt(text: string, offset: number): Span | undefined {
  let [start, end] = [offset, offset];
  while (start > 0 && /\w/.test(text[start - 1] ?? "")) start -= 1;
  while (end < text.length && /\w/.test(text[end] ?? "")) end += 1;
  return end > start ? { start, end } : undefined;
}
