/** What an author wrote about a declaration: the comment above it, or behind its first line. */

import type { Span } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../../compiler/bind/scope.js";
import type { LoadedFile } from "../../compiler/load.js";

export function commentOf({ text, comments }: LoadedFile, { start }: Span): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", start) < 0 ? text.length : text.indexOf("\n", start);
  const behind = comments.find(({ span }) => span.start > start && span.start < lineEnd);
  const above: string[] = [];
  let next = lineStart;
  for (const { text: comment, span } of [...comments].reverse()) {
    const gap = text.slice(span.end, next);
    if (span.end > next || gap.trim() !== "" || (gap.match(/\n/g)?.length ?? 0) > 1) continue;
    if (text.slice(text.lastIndexOf("\n", span.start - 1) + 1, span.start).trim() !== "") break;
    above.unshift(plain(comment));
    next = span.start;
  }
  return above.length > 0 ? above.join("\n") : behind === undefined ? "" : plain(behind.text);
}

function plain(comment: string): string {
  return comment
    .replace(/^\/[/*]+\s?/, "")
    .replace(/\s*\*\/$/, "")
    .trim();
}

/** `init WT_ST(n: count)`, `recipe finetune`, `param epochs = 50 epochs`. */
export function headOf({ declaration, file }: DeclaredSymbol): string {
  const { span, body, value } = declaration;
  const end = body?.span.start ?? span.end;
  const head = file.text.slice(span.start, end).trim();
  const text = head.replace(/\s+/g, " ");
  return value !== undefined && text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
