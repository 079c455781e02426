/** The formatter: one way to lay a study out, no options. */

import { parse } from "../../../grammar/parse.js";
import { ProblemSink } from "../../../grammar/problems.js";
import { scan } from "../../../grammar/scan.js";
import type { SyntaxProblem } from "../../../grammar/syntax.js";
import { padsOf, withComments } from "./align.js";
import { emit, type OutLine, WIDTH } from "./emit.js";
import { linesOf } from "./outline.js";
import type { Line } from "./piece.js";
import { flat } from "./spacing.js";

export { printArguments, printAxes, printBlock, printExpression, printPath, printStatement } from "./print.js";

export type FormatResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problems: readonly SyntaxProblem[] };

/**
 * Lays `text` out afresh: indentation, spaces, columns, at most one blank line in a row. Comments, the author's line
 * breaks in long lists, blocks written on one line and its kind of line ends stay. Meaning never changes; formatting
 * twice changes nothing.
 * A text with syntax problems is not touched.
 */
export function format(text: string): FormatResult {
  const { problems } = parse(text);
  if (problems.length > 0) return { ok: false, problems };
  const { tokens, comments } = scan(text, new ProblemSink());
  const lines = render(linesOf(text, tokens, comments), "top", 0);
  const body = withComments(lines).map((line) => line.trimEnd());
  // comments of several lines hold the author's line ends
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  return { ok: true, text: body.map((line) => `${line}\n`.replaceAll(/\r\n?|\n/g, end)).join("") };
}

function render(source: readonly Line[], level: "top" | "block", indent: number): OutLine[] {
  const lines = source.flatMap((line) => onOwnLines(line, level, indent));
  const pads = padsOf(lines, level, indent);
  return lines.flatMap((line, index) => {
    const pad = pads[index];
    const style = {
      level,
      indent,
      ...(pad === undefined ? {} : { pad }),
      block: (block: { readonly lines: readonly Line[] }, inner: number) => render(block.lines, "block", inner),
    } as const;
    const out = line.kind === "comment" ? ownComment(line, indent) : renderLine(line, style);
    return line.blankBefore && index > 0 ? [{ code: "" }, ...out] : out;
  });
}

/** Several statements share a line only while it is one line. */
function onOwnLines(line: Line, level: "top" | "block", indent: number): readonly Line[] {
  if (line.entries.length < 2) return [line];
  const parts = line.entries.map((entry) =>
    entry.some((piece) => piece.breakBefore) ? undefined : flat(entry, level),
  );
  const width = parts.reduce((sum, part) => sum + (part?.length ?? WIDTH) + 2, indent - 2);
  if (width <= WIDTH) return [line];
  return line.entries.map((entry, index) => {
    const own: Line = { kind: "entries", blankBefore: line.blankBefore && index === 0, entries: [entry] };
    if (line.comment !== undefined && index === line.entries.length - 1) own.comment = line.comment;
    return own;
  });
}

function ownComment(line: Line, indent: number): OutLine[] {
  const [first = "", ...rest] = (line.comment?.text ?? "").split(/\r\n?|\n/);
  return [{ code: `${" ".repeat(indent)}${first}` }, ...rest.map((code) => ({ code }))];
}

function renderLine(line: Line, style: Parameters<typeof emit>[1]): OutLine[] {
  const [first, ...others] = line.entries;
  const out = first === undefined ? [] : emit(first, style);
  const last = out.at(-1);
  if (last === undefined) return out;
  for (const entry of others) last.code += `; ${flat(entry, style.level) ?? ""}`;
  if (line.comment === undefined) return out;
  if (last.comment === undefined) last.comment = line.comment;
  else last.comment = { text: `${last.comment.text} ${line.comment.text}`, column: 0 };
  return out;
}
