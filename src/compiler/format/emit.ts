/** One statement to lines of text: the author's breaks where they belong, more where a line would be too long. */

import type { TokenType } from "chevrotain";
import * as T from "../../../grammar/tokens.js";
import { isOneOf, OPERATORS } from "./breaks.js";
import { type Block, type Entry, is, type LineComment, type Piece } from "./piece.js";
import { closes, flatBlock, flatFrom, opens, type Role, roleOf, spaced } from "./spacing.js";

/** Longest line the formatter makes where it can break one. */
export const WIDTH = 120;
const INDENT = 2;
/** Further right than this, a broken list hangs from its line instead of its bracket. */
const DEEPEST_COLUMN = 40;
const LONGEST_INNER_BLOCK = 100;

export interface OutLine {
  code: string;
  comment?: LineComment;
}

/** The piece at `index` starts in `column` (from the start of the line), if it is not past that already. */
export interface Pad {
  readonly index: number;
  readonly column: number;
}

export interface Style {
  readonly level: "top" | "block";
  readonly indent: number;
  readonly pad?: Pad;
  /** Renders the inside of a block. */
  readonly block: (block: Block, indent: number) => readonly OutLine[];
}

interface Bracket {
  readonly column: number;
  readonly base: number;
  readonly hanging: boolean;
}

export function emit(entry: Entry, style: Style): OutLine[] {
  return new Emitter(entry, style).run();
}

class Emitter {
  readonly #lines: OutLine[] = [];
  readonly #brackets: Bracket[] = [];
  readonly #role: Role;
  readonly #labels: ReadonlyMap<number, number>;
  #current: string;
  #comment: LineComment | undefined;
  #valueColumn: number | undefined;

  constructor(
    private readonly entry: Entry,
    private readonly style: Style,
  ) {
    this.#role = roleOf(entry, style.level);
    this.#current = " ".repeat(style.indent);
    this.#labels = labelPads(entry);
  }

  run(): OutLine[] {
    for (const [index, piece] of this.entry.entries()) this.#piece(piece, index);
    this.#endLine();
    return this.#lines;
  }

  #piece(piece: Piece, index: number): void {
    if (index > 0) this.#gap(piece, index);
    if (index === 1) this.#valueColumn = this.#current.length;
    if (closes(piece)) this.#brackets.pop();
    if (piece.block !== undefined) this.#block(piece.block, index);
    else if (piece.kind === "line-comment") this.#trailing(piece);
    else this.#text(piece.text);
    if (opens(piece)) {
      const hanging = this.entry[index + 1]?.breakBefore === true;
      this.#brackets.push({ column: this.#current.length, base: this.#lineIndent(), hanging });
    }
  }

  /** What stands between a piece and the one before: nothing, spaces, or a line end. */
  #gap(piece: Piece, index: number): void {
    if (piece.breakBefore || this.#mustWrap(index)) {
      const indent = this.#continuation(piece);
      this.#endLine();
      this.#current = " ".repeat(indent);
      return;
    }
    if (spaced(this.entry, index, this.#role)) this.#current += " ";
    const { pad } = this.style;
    const label = this.#labels.get(index);
    if (pad?.index === index) this.#current = this.#current.padEnd(pad.column);
    if (label !== undefined) this.#current += " ".repeat(label);
  }

  /** A `//` inside a statement ends its line; on a line of its own it stays there. */
  #trailing(piece: Piece): void {
    if (this.#current.trim() === "") this.#current += piece.text;
    else this.#comment = { text: piece.text, column: 0 };
  }

  #text(text: string): void {
    const [first = "", ...rest] = text.split(/\r\n?|\n/);
    this.#current += first;
    for (const line of rest) {
      this.#endLine();
      this.#current = line;
    }
  }

  #block(block: Block, index: number): void {
    const inline = flatBlock(block);
    if (inline !== undefined && this.#fits(inline, index)) {
      this.#current += inline;
      return;
    }
    const indent = this.#lineIndent();
    this.#current += "{";
    if (block.opening !== undefined) this.#comment = block.opening;
    this.#endLine();
    this.#lines.push(...this.style.block(block, indent + INDENT));
    this.#current = `${" ".repeat(indent)}}`;
  }

  #fits(inline: string, index: number): boolean {
    if (this.#brackets.length > 0) return inline.length <= LONGEST_INNER_BLOCK;
    let end = index + 1;
    while (end < this.entry.length && this.entry[end]?.breakBefore !== true) end += 1;
    const after = flatFrom(this.entry, index, end, this.#role);
    return after !== undefined && this.#current.length + after.length <= WIDTH;
  }

  #endLine(): void {
    const code = this.#current.trimEnd();
    this.#lines.push(this.#comment === undefined ? { code } : { code, comment: this.#comment });
    this.#comment = undefined;
  }

  #lineIndent(): number {
    return this.#current.length - this.#current.trimStart().length;
  }

  #continuation(piece: Piece): number {
    const bracket = this.#brackets.at(-1);
    const { indent } = this.style;
    if (bracket === undefined) {
      const column = this.#role === "setting" || this.#role === "vary" ? this.#valueColumn : undefined;
      return column !== undefined && column <= DEEPEST_COLUMN ? column : indent + INDENT;
    }
    if (bracket.hanging) return closes(piece) ? bracket.base : bracket.base + INDENT;
    return bracket.column <= DEEPEST_COLUMN ? bracket.column : bracket.base + INDENT;
  }

  /** Would what comes up to the next good place for a break run over the edge? */
  #mustWrap(index: number): boolean {
    const previous = this.entry[index - 1];
    const piece = this.entry[index];
    const afterComma = is(previous, T.Comma);
    const afterOperator = isOneOf(previous, OPERATORS) && spaced(this.entry, index, this.#role);
    if (piece === undefined || (!afterComma && !afterOperator)) return false;
    if (this.#continuation(piece) >= this.#current.length) return false;
    const end = this.#chunkEnd(index, afterComma ? [T.Comma] : [T.Comma, ...OPERATORS]);
    const text = flatFrom(this.entry, index, end, this.#role);
    return text !== undefined && this.#current.length + 1 + text.length > WIDTH;
  }

  /** Up to and with the next of `signs` on this level of brackets, or the brackets that close it. */
  #chunkEnd(index: number, signs: readonly TokenType[]): number {
    let open = 0;
    for (let end = index; end < this.entry.length; end += 1) {
      const piece = this.entry[end];
      if (end > index && (piece?.breakBefore === true || piece?.kind === "line-comment")) return end;
      if (opens(piece)) open += 1;
      if (closes(piece)) open -= 1;
      if (open < 0 && !closes(this.entry[end + 1]) && !is(this.entry[end + 1], T.Comma)) return end + 1;
      if (open <= 0 && end > index && isOneOf(piece, signs)) return end + 1;
    }
    return this.entry.length;
  }
}

interface LabelledList {
  /** A `[` with its items below it, every one labelled (so far). */
  labelled: boolean;
  readonly values: { readonly index: number; readonly width: number }[];
}

/** How much further right the values of such a list start, to stand in a column; by the index of the value. */
function labelPads(entry: Entry): ReadonlyMap<number, number> {
  const pads = new Map<number, number>();
  const lists: LabelledList[] = [];
  for (const [index, piece] of entry.entries()) {
    const list = lists.at(-1);
    const startsItem = is(entry[index - 1], T.Comma) || opens(entry[index - 1]);
    if (list !== undefined && startsItem && !closes(piece)) {
      if (is(piece, T.Word) && is(entry[index + 1], T.Colon)) {
        list.values.push({ index: index + 2, width: piece.text.length });
      } else list.labelled = false;
    }
    if (opens(piece))
      lists.push({ labelled: is(piece, T.LSquare) && entry[index + 1]?.breakBefore === true, values: [] });
    if (closes(piece)) addPads(lists.pop(), pads);
  }
  return pads;
}

function addPads(list: LabelledList | undefined, pads: Map<number, number>): void {
  if (list?.labelled !== true) return;
  const widest = list.values.reduce((most, { width }) => Math.max(most, width), 0);
  for (const { index, width } of list.values) pads.set(index, widest - width);
}
