/** First pass over the lexer's tokens: what is spelt in another language's way is reported and put right. */

import type { IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import type { ProblemSink } from "./problems.js";
import type { Span } from "./syntax.js";
import * as T from "./tokens.js";

export function spanOf(token: IToken): Span {
  return { start: token.startOffset, end: token.startOffset + token.image.length };
}

export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

/** The same place and text under another token type. */
export function retyped(token: IToken, type: TokenType): IToken {
  return { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx ?? 0 };
}

/** A token of no width, for what should have been there. */
export function inserted(type: TokenType, offset: number): IToken {
  return { image: "", startOffset: offset, tokenType: type, tokenTypeIdx: type.tokenTypeIdx ?? 0 };
}

const FOREIGN_OPERATORS: ReadonlyMap<string, readonly [string, TokenType]> = new Map([
  ["&&", ["and", T.And]],
  ["||", ["or", T.Or]],
  ["!", ["not", T.Not]],
  ["===", ["==", T.EqualEqual]],
  ["!==", ["!=", T.NotEqual]],
  [":=", ["=", T.Equal]],
  ["=>", ["<-", T.Arrow]],
  ["->", ["<-", T.Arrow]],
  ["...", ["..", T.DotDot]],
  ["..=", ["..", T.DotDot]],
  ["..<", ["", T.DotDot]],
  ["**", ["", T.Star]],
  ["+=", ["", T.Equal]],
]);

const LOOKALIKES: ReadonlyMap<string, readonly [string, TokenType]> = new Map([
  ["−", ["-", T.Minus]],
  ["–", ["-", T.Minus]],
  ["—", ["-", T.Minus]],
  ["×", ["*", T.Star]],
  ["÷", ["/", T.Slash]],
  ["≤", ["<=", T.LessEqual]],
  ["≥", [">=", T.GreaterEqual]],
  ["≠", ["!=", T.NotEqual]],
  ["…", ["..", T.DotDot]],
  ["←", ["<-", T.Arrow]],
  ["，", [",", T.Comma]],
  ["；", [";", T.Semicolon]],
  ["：", [":", T.Colon]],
  ["（", ["(", T.LParen]],
  ["）", [")", T.RParen]],
  ["［", ["[", T.LSquare]],
  ["］", ["]", T.RSquare]],
  ["｛", ["{", T.LCurly]],
  ["｝", ["}", T.RCurly]],
  ["＝", ["=", T.Equal]],
]);

/** Reports a run of characters no token starts with, as one slip. */
export function reportIllegal(text: string, span: Span, problems: ProblemSink): void {
  const shown = [...text.slice(0, 16)].slice(0, 8).join("");
  problems.report("illegal-character", span, { text: shown, code: codePoint(text) });
}

function codePoint(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** What follows a name: a word of the language before it was meant as one, and cannot be. */
const AFTER_NAMES: ReadonlySet<TokenType> = new Set([T.Equal, T.LCurly, T.Newline, T.Semicolon, T.RCurly]);

/** Lexer tokens in, tokens of the language (and newlines) out. */
export class Speller {
  readonly #out: IToken[] = [];

  constructor(
    private readonly tokens: readonly IToken[],
    private readonly problems: ProblemSink,
  ) {}

  run(): IToken[] {
    let index = 0;
    while (index < this.tokens.length && !this.problems.isFull) index = this.#next(index);
    return this.#out;
  }

  /** Handles the token at `index`; returns where to go on. */
  #next(index: number): number {
    const token = this.tokens[index];
    if (token === undefined) return index + 1;
    switch (token.tokenType) {
      case T.HashComment:
        this.problems.report("hash-comment", spanOf(token), { sign: "#", instead: `//${token.image.slice(1)}` });
        return index + 1;
      case T.UnclosedComment:
        this.problems.report("unclosed-comment", { start: token.startOffset, end: token.startOffset + 2 }, {});
        return index + 1;
      case T.UnclosedString:
        this.problems.report("unclosed-string", spanOf(token), {});
        this.#out.push(retyped(token, T.StringToken));
        return index + 1;
      case T.SingleQuoted:
        this.problems.report("single-quotes", spanOf(token), { instead: JSON.stringify(token.image.slice(1, -1)) });
        this.#out.push(retyped(token, T.StringToken));
        return index + 1;
      case T.CurlyQuoted: {
        const instead = JSON.stringify(token.image.slice(1, -1));
        this.problems.report("lookalike-character", spanOf(token), { text: token.image, instead });
        this.#out.push(retyped(token, T.StringToken));
        return index + 1;
      }
      case T.StringToken:
        return this.#tripleQuoted(token, index);
      case T.ConflictMarker:
        this.#conflict(token);
        return index + 1;
      case T.Minus:
      case T.Percent:
        return this.#foreignComment(token, index);
      case T.Colon:
        return this.#colonOfRange(token, index);
      case T.ForeignOperator:
        return this.#foreignOperator(token, index);
      case T.Lookalike:
        return this.#lookalike(token, index);
      case T.ForeignLetters:
        return this.#foreignName(index);
      case T.Illegal:
        reportIllegal(token.image, spanOf(token), this.problems);
        return index + 1;
      default:
        if (this.#isTwice(index)) {
          this.problems.report("word-twice", spanOf(token), { word: token.image, instead: "" });
        } else {
          this.#out.push(token);
        }
        return index + 1;
    }
  }

  /** `recipe recipe r`: no word of the language stands twice. `not` may, and in `model model =` the second is a name. */
  #isTwice(index: number): boolean {
    const [token, after] = this.tokens.slice(index, index + 2);
    if (token === undefined || this.tokens[index - 1]?.tokenType !== token.tokenType) return false;
    const isWord = tokenMatcher(token, T.Word) && token.tokenType !== T.Identifier && token.tokenType !== T.Not;
    return isWord && after !== undefined && !AFTER_NAMES.has(after.tokenType);
  }

  /** Both sides are read; of the three marks the first is told. */
  #conflict(token: IToken): void {
    if (token.image.startsWith("<")) this.problems.report("merge-conflict", spanOf(token), {});
    else if (!this.problems.has("merge-conflict")) reportIllegal(token.image, spanOf(token), this.problems);
  }

  /** `-- …` as in Haskell and SQL; `% …` at the start of a line, as in LaTeX. */
  #foreignComment(token: IToken, index: number): number {
    const [next, behind] = [this.tokens[index + 1], this.tokens[index + 2]];
    const before = this.tokens[index - 1];
    const starts = before === undefined || before.tokenType === T.Newline;
    const twice = token.tokenType === T.Minus && next?.tokenType === T.Minus && next.startOffset === endOf(token);
    const flag = twice && behind?.startOffset === endOf(next);
    // three of them start YAML
    const yaml = behind?.tokenType === T.Minus || before?.tokenType === T.Minus;
    if (twice ? yaml : !(token.tokenType === T.Percent && starts)) {
      this.#out.push(token);
      return index + 1;
    }
    if (flag) {
      const span = { start: token.startOffset, end: endOf(next) };
      this.problems.report("foreign-operator", span, { operator: "--", instead: "" });
      return index + 2;
    }
    let end = index + 1;
    while (end < this.tokens.length && this.tokens[end]?.tokenType !== T.Newline) end += 1;
    const sign = twice ? "--" : "%";
    const span = { start: token.startOffset, end: token.startOffset + sign.length };
    this.problems.report("hash-comment", span, { sign, instead: "//" });
    return end;
  }

  /** `0:4`, `units[:n]`: no label is a number, or nothing. */
  #colonOfRange(token: IToken, index: number): number {
    const [before, next] = [this.tokens[index - 1], this.tokens[index + 1]];
    const glued =
      next?.startOffset === endOf(token) && (next.tokenType === T.NumberToken || tokenMatcher(next, T.Name));
    if (before?.tokenType === T.NumberToken && glued) {
      this.problems.report("foreign-operator", spanOf(token), { operator: ":", instead: ".." });
      this.#out.push(retyped(token, T.DotDot));
    } else {
      this.#out.push(before?.tokenType === T.LSquare && glued ? retyped(token, T.DotDot) : token);
    }
    return index + 1;
  }

  /** `"""…"""`, on a line or over several; no string of xfer touches another. */
  #tripleQuoted(token: IToken, index: number): number {
    if (token.image !== '""' || !this.#touchesQuote(index)) {
      this.#out.push(token);
      return index + 1;
    }
    let last = index + 1;
    while (last < this.tokens.length && !(this.tokens[last]?.image === '""' && this.#ends(last))) last += 1;
    // never closed, it ends where it begins
    if (last === this.tokens.length) last = index;
    else if (this.#touchesQuote(last)) last += 1;
    const text = this.tokens[index + 1]?.image.slice(1, -1).trim() ?? "";
    const instead = last === index + 2 ? `// ${text}` : "";
    const end = endOf(this.tokens[last] ?? token);
    this.problems.report("hash-comment", { start: token.startOffset, end }, { sign: '"""', instead });
    return last + 1;
  }

  #touchesQuote(index: number): boolean {
    const [first, next] = [this.tokens[index], this.tokens[index + 1]];
    return first !== undefined && next?.startOffset === endOf(first) && next.image.startsWith('"');
  }

  /** Of `"…"""` the last two, of `"""` on a line of its own the first two. */
  #ends(index: number): boolean {
    const before = this.tokens[index - 1];
    return this.#touchesQuote(index) || (before !== undefined && endOf(before) === this.tokens[index]?.startOffset);
  }

  #foreignOperator(token: IToken, index: number): number {
    const [known, type] = FOREIGN_OPERATORS.get(token.image) ?? ["", T.Plus];
    const before = this.#out.at(-1);
    // `[a, ...others]` is no range
    const spreads = token.image === "..." && (before?.tokenType === T.Comma || before?.tokenType === T.LSquare);
    const instead = spreads ? "" : known;
    this.problems.report("foreign-operator", spanOf(token), { operator: token.image, instead });
    this.#out.push(retyped(token, type));
    return index + 1;
  }

  #lookalike(token: IToken, index: number): number {
    const [instead, type] = LOOKALIKES.get(token.image) ?? ["", T.Minus];
    this.problems.report("lookalike-character", spanOf(token), { text: token.image, instead });
    this.#out.push(retyped(token, type));
    return index + 1;
  }

  /** `größe`: the pieces on both sides belong to the same word. */
  #foreignName(index: number): number {
    const previous = this.#out.at(-1);
    const first = this.tokens[index];
    if (first === undefined) return index + 1;
    const joined = previous !== undefined && tokenMatcher(previous, T.Word) && endOf(previous) === first.startOffset;
    if (joined) this.#out.pop();
    const start = joined ? previous.startOffset : first.startOffset;
    let end = endOf(first);
    let next = index + 1;
    for (let token = this.tokens[next]; token?.startOffset === end; token = this.tokens[next]) {
      if (token.tokenType !== T.ForeignLetters && !tokenMatcher(token, T.Word)) break;
      end = endOf(token);
      next += 1;
    }
    const name = `${joined ? previous.image : ""}${this.tokens
      .slice(index, next)
      .map((token) => token.image)
      .join("")}`;
    this.problems.report("non-ascii-name", { start, end }, { name });
    this.#out.push({ ...retyped(first, T.Identifier), image: name, startOffset: start });
    return next;
  }
}
