/** What can be folded: blocks and lists over several lines, comments, runs of imports. */

import { type FoldingRange, FoldingRangeKind } from "vscode-languageserver/node";
import type { Span } from "../../../grammar/syntax.js";
import { type AnyNode, childrenOf } from "../cursor/nodes.js";
import type { View } from "../workspace/workspace.js";

export function foldingRanges({ file, document }: View): FoldingRange[] {
  const ranges: FoldingRange[] = [];
  const line = (offset: number): number => document.positionAt(offset).line;
  const add = ({ start, end }: Span, kind?: FoldingRangeKind): void => {
    const [startLine, endLine] = [line(start), line(end)];
    // the line with the closing bracket stays in sight
    const last = kind === undefined ? endLine - 1 : endLine;
    if (last > startLine) ranges.push({ startLine, endLine: last, ...(kind === undefined ? {} : { kind }) });
  };
  const open: AnyNode[] = [...file.syntax.items];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ("statements" in node || node.kind === "list" || node.kind === "tuple" || node.kind === "call") add(node.span);
    open.push(...childrenOf(node));
  }
  for (const run of runs(
    file.syntax.items.filter((item) => item.kind === "import"),
    line,
  ))
    add(run, FoldingRangeKind.Imports);
  const lines = file.comments.filter(({ text }) => text.startsWith("//") || text.startsWith("/*"));
  for (const run of runs(
    lines.filter((each) => ownLine(file.text, each.span.start)),
    line,
  ))
    add(run, FoldingRangeKind.Comment);
  return unique(ranges);
}

function ownLine(text: string, start: number): boolean {
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trim() === "";
}

/** Neighbours on lines that follow each other, as one. */
function runs(nodes: readonly { readonly span: Span }[], line: (offset: number) => number): readonly Span[] {
  const found: { start: number; end: number }[] = [];
  for (const { span } of nodes) {
    const last = found.at(-1);
    if (last !== undefined && line(span.start) <= line(last.end) + 1) last.end = span.end;
    else found.push({ ...span });
  }
  return found;
}

function unique(ranges: readonly FoldingRange[]): FoldingRange[] {
  const byLine = new Map<number, FoldingRange>();
  for (const range of ranges) {
    const known = byLine.get(range.startLine);
    if (known === undefined || known.endLine < range.endLine) byLine.set(range.startLine, range);
  }
  return [...byLine.values()].sort((a, b) => a.startLine - b.startLine);
}
