/** Third pass: which newlines separate settings, and which only break a long line. */

import type { IToken, TokenType } from "chevrotain";
import { startsItem, startsSetting } from "./brackets.js";
import { tokenMatcher } from "./chevrotain.js";
import type { ProblemSink } from "./problems.js";
import { retyped, spanOf } from "./spelling.js";
import * as T from "./tokens.js";

/** A setting cannot end with one of these: its line goes on below. */
const CANNOT_END: ReadonlySet<TokenType> = new Set([
  ...[T.Comma, T.Equal, T.Arrow, T.Colon, T.LCurly, T.Dot],
  ...[T.With, T.Then, T.Except, T.Where, T.Not, T.As],
]);
/** A setting cannot start with one of these: its line goes on from above. */
const CANNOT_START: ReadonlySet<TokenType> = new Set([
  ...[T.With, T.Then, T.Except, T.As],
  ...[T.LCurly, T.Equal, T.Arrow, T.Dot, T.Comma],
]);

function joinsBackward(next: IToken): boolean {
  return (
    CANNOT_START.has(next.tokenType) ||
    tokenMatcher(next, T.BinaryOperatorToken) ||
    tokenMatcher(next, T.PrepositionWord)
  );
}

function joinsForward(previous: IToken): boolean {
  return (
    CANNOT_END.has(previous.tokenType) ||
    tokenMatcher(previous, T.BinaryOperatorToken) ||
    tokenMatcher(previous, T.PrepositionWord)
  );
}

/** Turns newlines and semicolons into single separators; leaves no newline. Brackets are balanced already. */
export class Layout {
  readonly #out: IToken[] = [];
  readonly #open: TokenType[] = [];
  /** Second token of the setting being read: a colon there means it is written `key: value`. */
  #position = 0;
  #keyed = false;

  constructor(
    private readonly tokens: readonly IToken[],
    private readonly problems: ProblemSink,
  ) {}

  run(): IToken[] {
    for (let index = 0; index < this.tokens.length; index += 1) {
      const token = this.tokens[index];
      if (token === undefined) continue;
      if (token.tokenType === T.Newline) index = this.#newline(token, index);
      else if (token.tokenType === T.Semicolon) this.#separate(token);
      else this.#keep(token);
    }
    return this.#out;
  }

  #keep(token: IToken): void {
    switch (token.tokenType) {
      case T.LParen:
      case T.LSquare:
      case T.LCurly:
        this.#open.push(token.tokenType);
        break;
      case T.RParen:
      case T.RSquare:
      case T.RCurly:
        this.#open.pop();
        break;
    }
    if (token.tokenType === T.LCurly) this.#position = 0;
    else this.#position += 1;
    if (this.#position === 1) this.#keyed = false;
    if (this.#position === 2) this.#keyed = token.tokenType === T.Colon;
    if (token.tokenType === T.RCurly) this.#dropTrailingComma();
    this.#out.push(token);
  }

  #separate(token: IToken): void {
    const last = this.#out.at(-1);
    this.#position = 0;
    if (last === undefined || last.tokenType === T.Separator || last.tokenType === T.LCurly) return;
    this.#out.push(retyped(token, T.Separator));
  }

  /** Returns the index of the last newline of the run. */
  #newline(token: IToken, index: number): number {
    let next = index + 1;
    while (this.tokens[next]?.tokenType === T.Newline) next += 1;
    const inside = this.#open.at(-1);
    if (inside === T.LParen || inside === T.LSquare) return next - 1;
    const previous = this.#out.at(-1);
    const following = this.tokens[next];
    if (following === undefined) this.#dropTrailingComma();
    if (previous === undefined || following === undefined) return next - 1;
    this.#dashList(previous, following, next);
    const starts =
      startsSetting(this.tokens, next) ||
      startsItem(this.tokens, next) ||
      this.#startsKeyed(next) ||
      (this.#open.length === 0 && this.#startsForeignImport(next));
    if (starts && previous.tokenType === T.Comma) this.#dropTrailingComma();
    const joined = !starts && (joinsForward(previous) || joinsBackward(following));
    if (!joined) this.#separate(token);
    return next - 1;
  }

  /** `for: 50 epochs,` below `batch: 64,`. */
  #startsKeyed(index: number): boolean {
    const [first, second] = this.tokens.slice(index, index + 2);
    if (first === undefined || second?.tokenType !== T.Colon) return false;
    return first.tokenType === T.StringToken || (this.#keyed && tokenMatcher(first, T.Word));
  }

  /** `from base import resnet_s`. */
  #startsForeignImport(index: number): boolean {
    if (this.tokens[index]?.tokenType !== T.From) return false;
    const line = this.tokens.slice(index + 1, index + 8);
    const end = line.findIndex(({ tokenType }) => tokenType === T.Newline);
    return line.slice(0, end === -1 ? line.length : end).some(({ tokenType }) => tokenType === T.Import);
  }

  /** `in`, and below it `- a`: a dash with a space behind it, which no value starts with. */
  #dashList(previous: IToken, dash: IToken, index: number): void {
    const value = this.tokens[index + 1];
    const spaced = value !== undefined && value.startOffset > dash.startOffset + 1;
    if (previous.tokenType !== T.In || dash.tokenType !== T.Minus || !spaced) return;
    this.problems.report("dash-list", spanOf(dash), {});
  }

  #dropTrailingComma(): void {
    const last = this.#out.at(-1);
    if (last?.tokenType !== T.Comma) return;
    this.#out.pop();
    this.problems.report("stray-comma", spanOf(last), { instead: "" });
  }
}
