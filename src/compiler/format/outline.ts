/** Tokens and comments of a file as nested lines, the way the author laid them out. */

import type { IToken, TokenType } from "chevrotain";
import type { Comment } from "../../../grammar/syntax.js";
import * as T from "../../../grammar/tokens.js";
import { withGoodBreaks } from "./breaks.js";
import type { Block, Line, LineComment, Piece } from "./piece.js";

interface Element {
  readonly token?: IToken;
  readonly type: TokenType;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** `tokens` and `comments` come from one scan of `text` that found no problem. */
export function linesOf(text: string, tokens: readonly IToken[], comments: readonly Comment[]): readonly Line[] {
  return new Outliner(text, merge(tokens, comments)).file();
}

function merge(tokens: readonly IToken[], comments: readonly Comment[]): Element[] {
  const elements: Element[] = tokens.map((token) => ({
    token,
    type: token.tokenType,
    text: token.image,
    start: token.startOffset,
    end: token.startOffset + token.image.length,
  }));
  for (const { text, span } of comments) {
    const type = text.startsWith("//") ? T.LineComment : T.BlockComment;
    elements.push({ type, text: text.trimEnd(), start: span.start, end: span.end });
  }
  return elements.sort((a, b) => a.start - b.start);
}

function isComment(element: Element | undefined): boolean {
  return element?.type === T.LineComment || element?.type === T.BlockComment;
}

class Outliner {
  #next = 0;

  constructor(
    private readonly text: string,
    private readonly elements: readonly Element[],
  ) {}

  file(): readonly Line[] {
    return this.#lines();
  }

  /** Lines up to the closing brace or the end. */
  #lines(): Line[] {
    const lines: Line[] = [];
    for (let element = this.#peek(); element !== undefined; element = this.#peek()) {
      if (element.type === T.RCurly) break;
      if (element.type === T.Separator) this.#next += 1;
      else if (isComment(element) && !this.#leads(element)) this.#comment(element, lines);
      else this.#entry(element, lines);
    }
    return lines;
  }

  /** A block comment with code after it on its line belongs to that code. */
  #leads(comment: Element): boolean {
    if (comment.type === T.LineComment) return false;
    let ahead = this.#next + 1;
    while (this.elements[ahead]?.type === T.BlockComment && this.#newlines(ahead) === 0) ahead += 1;
    const next = this.elements[ahead];
    if (next === undefined || isComment(next) || next.type === T.Separator || next.type === T.RCurly) return false;
    return this.#newlines(ahead) === 0;
  }

  #comment(element: Element, lines: Line[]): void {
    const blankBefore = this.#newlines(this.#next) > 1 && lines.length > 0;
    const last = lines.at(-1);
    const trailing = this.#newlines(this.#next) === 0 && last !== undefined;
    const comment = { text: element.text, column: this.#column(element.start) };
    this.#next += 1;
    if (trailing) last.comment = last.comment === undefined ? comment : join(last.comment, comment);
    else lines.push({ kind: "comment", blankBefore, entries: [], comment });
  }

  #entry(first: Element, lines: Line[]): void {
    const newlines = this.#newlines(this.#next);
    const last = lines.at(-1);
    const pieces = this.#pieces(first);
    const shares = newlines === 0 && last?.kind === "entries" && last.comment === undefined;
    if (shares) last.entries.push(pieces);
    else lines.push({ kind: "entries", blankBefore: newlines > 1 && lines.length > 0, entries: [pieces] });
  }

  #pieces(first: Element): Piece[] {
    const pieces: Piece[] = [];
    for (let element: Element | undefined = first; element !== undefined; element = this.#peek()) {
      if (element.type === T.Separator || element.type === T.RCurly) break;
      if (isComment(element) && pieces.length > 0 && this.#ends()) break;
      const breakBefore = pieces.length > 0 && this.#newlines(this.#next) > 0;
      const { type, text, start } = element;
      const common = { type, text, start, breakBefore };
      this.#next += 1;
      if (type === T.LCurly) pieces.push({ ...common, kind: "block", block: this.#block(element) });
      else pieces.push({ ...common, kind: kindOf(type) });
    }
    return withGoodBreaks(pieces);
  }

  /** Nothing of the entry follows the comments that come now. */
  #ends(): boolean {
    let ahead = this.#next;
    while (isComment(this.elements[ahead])) ahead += 1;
    const next = this.elements[ahead];
    return next === undefined || next.type === T.Separator || next.type === T.RCurly;
  }

  #block(open: Element): Block {
    let opening: LineComment | undefined;
    for (let element = this.#peek(); element !== undefined && isComment(element); element = this.#peek()) {
      if (this.#newlines(this.#next) > 0 || this.#leads(element)) break;
      const comment = { text: element.text, column: this.#column(element.start) };
      opening = opening === undefined ? comment : join(opening, comment);
      this.#next += 1;
    }
    const lines = this.#lines();
    const close = this.#peek();
    this.#next += 1;
    const oneLine =
      (opening === undefined || lines.length === 0) && !/[\r\n]/.test(this.text.slice(open.start, close?.end));
    return opening === undefined ? { lines, oneLine } : { lines, oneLine, opening };
  }

  #peek(): Element | undefined {
    return this.elements[this.#next];
  }

  /** Line ends between the element at `index` and what is before it. */
  #newlines(index: number): number {
    let before = index - 1;
    while (this.elements[before]?.type === T.Separator) before -= 1;
    const gap = this.text.slice(this.elements[before]?.end ?? 0, this.elements[index]?.start);
    return gap.match(/\r\n?|\n/g)?.length ?? 0;
  }

  #column(offset: number): number {
    const before = Math.max(this.text.lastIndexOf("\n", offset - 1), this.text.lastIndexOf("\r", offset - 1));
    return offset - before - 1;
  }
}

function join(first: LineComment, second: LineComment): LineComment {
  return { text: `${first.text} ${second.text}`, column: first.column };
}

function kindOf(type: TokenType): Piece["kind"] {
  if (type === T.LineComment) return "line-comment";
  return type === T.BlockComment ? "block-comment" : "token";
}
