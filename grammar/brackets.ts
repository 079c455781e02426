/** Second pass: after it every bracket has its partner, so that the parser can lose its way inside one at most. */

import type { IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "./chevrotain.js";
import type { ProblemSink } from "./problems.js";
import { endOf, inserted, spanOf } from "./spelling.js";
import * as T from "./tokens.js";

/** Brackets inside brackets; keeps the parser's stack shallow on any input. */
const MAX_NESTING = 50;

const CLOSERS: ReadonlyMap<TokenType, TokenType> = new Map([
  [T.LParen, T.RParen],
  [T.LSquare, T.RSquare],
  [T.LCurly, T.RCurly],
]);
const OPENERS: ReadonlyMap<TokenType, TokenType> = new Map([...CLOSERS].map(([open, close]) => [close, open]));
const CLOSER_TEXT: ReadonlyMap<TokenType, string> = new Map([
  [T.LParen, ")"],
  [T.LSquare, "]"],
  [T.LCurly, "}"],
]);

interface Open {
  readonly token: IToken;
  readonly indent: number;
  readonly owner: string;
  /** For `(` and `[`: where a line inside reads like a new setting, which no list contains. */
  settingAt?: number;
  /** The last `with` directly inside that no `{` follows. */
  withAt?: number;
}

interface Header {
  readonly owner: string;
  readonly insertAt: number;
}

function matches(token: IToken | undefined, type: TokenType): boolean {
  return token !== undefined && tokenMatcher(token, type);
}

/** Does a line that starts at `index` start a setting, by two words in a row or by its first word? */
export function startsSetting(tokens: readonly IToken[], index: number): boolean {
  const first = tokens[index];
  const second = tokens[index + 1];
  if (first === undefined) return false;
  switch (first.tokenType) {
    case T.Study:
    case T.Import:
    case T.Vary:
    case T.Tune:
    case T.Measure:
      return true;
    case T.For:
      return matches(second, T.NumberToken);
    default:
      if (!tokenMatcher(first, T.Name)) return false;
      return matches(second, T.Name) || matches(second, T.NumberToken) || matches(second, T.StringToken);
  }
}

/** Does a line that starts at `index` start a declaration, wherever it stands? */
export function startsItem(tokens: readonly IToken[], index: number): boolean {
  const [first, second, third] = tokens.slice(index, index + 3);
  if (first === undefined) return false;
  if (first.tokenType === T.Study) return matches(second, T.Name) || matches(second, T.StringToken);
  if (first.tokenType === T.Import) return matches(second, T.Name) || matches(second, T.StringToken);
  if (!tokenMatcher(first, T.Kind) || !matches(second, T.Word)) return false;
  if (matches(third, T.LParen)) return opensBody(tokens[afterParentheses(tokens, index + 2)]);
  return opensBody(third) || matches(third, T.From);
}

function opensBody(token: IToken | undefined): boolean {
  return matches(token, T.Equal) || matches(token, T.LCurly);
}

/** Tokens looked at to tell a header from a setting, or a stray bracket from a missing one. */
const HORIZON = 120;

function afterParentheses(tokens: readonly IToken[], open: number): number {
  let depth = 0;
  for (let index = open; index < Math.min(tokens.length, open + HORIZON); index += 1) {
    const type = tokens[index]?.tokenType;
    if (type === T.LParen) depth += 1;
    if (type === T.RParen) depth -= 1;
    if (depth === 0) return index + 1;
    if (type === T.LCurly || type === T.RCurly || type === T.Semicolon) break;
  }
  return tokens.length;
}

/** Pairs brackets: closes what was left open, drops what closes nothing. */
export class Balancer {
  readonly #stack: Open[] = [];
  readonly #insertions = new Map<number, IToken[]>();
  /** 1 for each token that is left out. */
  readonly #dropped: Uint8Array;
  #indent = 0;
  #lineStart = 0;
  /** First tokens of the item or setting that is being read: names the owner of a brace. */
  #head: IToken[] = [];
  #header: Header | undefined;
  #headerOpen = false;
  #tooDeep = 0;

  constructor(
    private readonly tokens: readonly IToken[],
    private readonly problems: ProblemSink,
    /** Starts of strings that were never closed: they may have swallowed a bracket. */
    private readonly openStrings: readonly number[],
  ) {
    this.#dropped = new Uint8Array(tokens.length);
  }

  run(): IToken[] {
    let index = 0;
    this.#betweenItems(0, startsItem(this.tokens, 0));
    for (; index < this.tokens.length && !this.problems.isFull; index += 1) {
      const token = this.tokens[index];
      if (token !== undefined) this.#visit(token, index);
    }
    while (this.#stack.length > 0) this.#closeTop(index);
    return this.#apply(index);
  }

  #visit(token: IToken, index: number): void {
    if (token.tokenType === T.Newline) {
      this.#newline(token, index);
      return;
    }
    if (this.#head.length < 2) this.#head.push(token);
    if (CLOSERS.has(token.tokenType)) this.#open(token, index);
    else if (OPENERS.has(token.tokenType)) this.#close(token, index);
    else if (this.#tooDeep > 0) this.#dropped[index] = 1;
    else if (token.tokenType === T.With) this.#with(index);
    else if (token.tokenType === T.Semicolon) this.#semicolon(index);
    else if (token.tokenType === T.Equal && this.#stack.length === 0) this.#headerOpen = false;
  }

  #newline(token: IToken, index: number): void {
    this.#lineStart = endOf(token);
    const next = this.tokens[index + 1];
    if (next === undefined || next.tokenType === T.Newline) return;
    this.#indent = next.startOffset - this.#lineStart;
    const item = startsItem(this.tokens, index + 1);
    const bottom = this.#stack[0];
    if (bottom !== undefined && item && this.#indent <= bottom.indent) this.#closeAll(index + 1);
    const top = this.#stack.at(-1);
    if (top === undefined) this.#betweenItems(index + 1, item);
    else if (top.token.tokenType !== T.LCurly && top.settingAt === undefined) {
      if (startsSetting(this.tokens, index + 1)) top.settingAt = index + 1;
    }
    if (top === undefined || top.token.tokenType === T.LCurly) this.#head = [];
  }

  /** A line between items: either an item starts, or the header above lacks its brace. */
  #betweenItems(next: number, item: boolean): void {
    const first = this.tokens[next];
    if (this.#headerOpen && !item && !matches(first, T.LCurly) && this.#header === undefined) {
      this.#header = { owner: this.#owner(), insertAt: next };
    }
    if (item || (!this.#headerOpen && this.#header === undefined)) {
      this.#headerOpen = first !== undefined && (tokenMatcher(first, T.Kind) || first.tokenType === T.Study);
      this.#header = undefined;
    }
  }

  #with(index: number): void {
    const top = this.#stack.at(-1);
    if (top !== undefined && !matches(this.tokens[index + 1], T.LCurly)) top.withAt = index;
  }

  /** `f(x with part <- y })`: is a `{` missing after the `with`? */
  #opensWith(open: Open | undefined, index: number): boolean {
    if (open === undefined || open.token.tokenType === T.LCurly || open.withAt === undefined) return false;
    const inside = this.tokens.slice(open.withAt + 1, index);
    return inside.some((token) => token.tokenType === T.Arrow) || startsSetting(this.tokens, open.withAt + 1);
  }

  #semicolon(index: number): void {
    const open = this.#stack.at(-1)?.token;
    if (open !== undefined && open.tokenType !== T.LCurly && this.#closesOnLine(index)) {
      const token = this.tokens[index] ?? open;
      this.problems.report("semicolon-in-list", spanOf(token), { instead: "," });
      this.#dropped[index] = 1;
      this.#insert(index, { ...inserted(T.Comma, token.startOffset), image: "," });
      return;
    }
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      if (top.token.tokenType === T.LCurly) break;
      this.#closeTop(index);
    }
    this.#head = [];
  }

  /** Does the bracket that is open at `index` close on the same line? */
  #closesOnLine(index: number): boolean {
    let depth = 0;
    for (let next = index + 1; next < this.tokens.length; next += 1) {
      const type = this.tokens[next]?.tokenType ?? T.Newline;
      if (type === T.Newline) return false;
      if (CLOSERS.has(type)) depth += 1;
      if (OPENERS.has(type)) depth -= 1;
      if (depth < 0) return type !== T.RCurly;
    }
    return false;
  }

  #owner(): string {
    const first = this.#head[0];
    if (first === undefined || !tokenMatcher(first, T.Word)) return "";
    return this.#head
      .filter((token) => tokenMatcher(token, T.Word))
      .map((token) => token.image)
      .join(" ");
  }

  #open(token: IToken, index: number): void {
    if (this.#tooDeep > 0 || this.#stack.length === MAX_NESTING) {
      if (this.#tooDeep === 0) this.problems.report("nested-too-deeply", spanOf(token), { limit: MAX_NESTING });
      if (this.#tooDeep === 0) this.#insert(index, inserted(T.Hole, token.startOffset));
      this.#tooDeep += 1;
      this.#dropped[index] = 1;
      return;
    }
    if (index === 0 || this.#stack.length === 0) {
      if (token.tokenType === T.LCurly) this.#headerOpen = false;
    }
    this.#stack.push({ token, indent: this.#indent, owner: token.tokenType === T.LCurly ? this.#owner() : "" });
    if (token.tokenType === T.LCurly) this.#head = [];
  }

  #close(token: IToken, index: number): void {
    if (this.#tooDeep > 0) {
      this.#tooDeep -= 1;
      this.#dropped[index] = 1;
      return;
    }
    const opener = OPENERS.get(token.tokenType);
    const top = this.#stack.at(-1);
    if (token.tokenType === T.RCurly && this.#opensWith(top, index)) {
      this.#openHeader({ owner: "with", insertAt: (top?.withAt ?? index) + 1 });
      return;
    }
    const partner = this.#stack.findLastIndex((open) => open.token.tokenType === opener);
    const brace = this.#stack.findLastIndex((open) => open.token.tokenType === T.LCurly);
    if (partner === -1) {
      this.#closeNothing(token, index);
    } else if (token.tokenType !== T.RCurly && partner < brace && this.#hasPartnerAhead(index, T.RCurly)) {
      this.#drop(token, index);
    } else {
      while (this.#stack.length > partner + 1) this.#closeTop(index);
      this.#stack.pop();
    }
  }

  /** Is what is open at `index` closed by a `closer` further on? Then the bracket at `index` is likelier a stray. */
  #hasPartnerAhead(index: number, closer: TokenType): boolean {
    const opener = OPENERS.get(closer);
    let depth = 0;
    for (let next = index + 1; next < Math.min(this.tokens.length, index + HORIZON); next += 1) {
      const token = this.tokens[next];
      if (token?.tokenType === opener) depth += 1;
      if (token?.tokenType === closer) depth -= 1;
      if (depth < 0) return true;
      if (token?.tokenType === T.Newline && startsItem(this.tokens, next + 1)) return false;
    }
    return false;
  }

  /** A closing bracket whose partner is not open. */
  #closeNothing(token: IToken, index: number): void {
    const top = this.#stack.at(-1);
    if (token.tokenType === T.RCurly) {
      if (this.#header !== undefined && top === undefined) {
        this.#openHeader(this.#header);
        return;
      }
      while (this.#stack.length > 0) this.#closeTop(index);
      this.#drop(token, index);
    } else if (top === undefined || top.token.tokenType === T.LCurly) {
      this.#drop(token, index);
    } else if (this.#hasPartnerAhead(index, CLOSERS.get(top.token.tokenType) ?? T.RParen)) {
      this.#drop(token, index);
    } else {
      this.#replaceCloser(top, token, index);
    }
  }

  /** `[a, b)` */
  #replaceCloser(open: Open, token: IToken, index: number): void {
    const expected = CLOSER_TEXT.get(open.token.tokenType) ?? "";
    this.problems.report("mismatched-bracket", spanOf(token), { open: open.token.image, expected, found: token.image });
    this.#dropped[index] = 1;
    this.#insert(index, inserted(CLOSERS.get(open.token.tokenType) ?? T.RParen, token.startOffset));
    this.#stack.pop();
  }

  #openHeader(header: Header): void {
    const offset = this.#endBefore(header.insertAt);
    this.problems.report("missing-open-brace", { start: offset, end: offset }, { owner: header.owner });
    this.#insert(this.#lineEnd(header.insertAt), inserted(T.LCurly, offset));
    this.#header = undefined;
    this.#headerOpen = false;
  }

  #drop(token: IToken, index: number): void {
    this.problems.report("stray-bracket", spanOf(token), { bracket: token.image });
    this.#dropped[index] = 1;
  }

  #closeAll(at: number): void {
    while (this.#stack.length > 0) this.#closeTop(at);
    this.#head = [];
    this.#headerOpen = false;
  }

  /** Closes the innermost bracket at the best place up to token `limit`. */
  #closeTop(limit: number): void {
    const open = this.#stack.pop();
    if (open === undefined) return;
    const at = this.#lineEnd(Math.min(open.settingAt ?? limit, limit));
    const outer = this.#stack.at(-1);
    if (outer !== undefined && outer.token.tokenType !== T.LCurly && open.settingAt !== undefined) {
      outer.settingAt ??= open.settingAt;
    }
    this.#reportOpen(open);
    this.#insert(at, inserted(CLOSERS.get(open.token.tokenType) ?? T.RParen, this.#endBefore(at)));
  }

  #reportOpen(open: Open): void {
    const close = CLOSER_TEXT.get(open.token.tokenType) ?? "";
    if (open.token.tokenType === T.LCurly) {
      if (this.#swallowed(open.token)) return;
      this.problems.report("unclosed-brace", spanOf(open.token), { owner: open.owner });
    } else if (!this.#swallowed(open.token)) {
      this.problems.report("unclosed-bracket", spanOf(open.token), { open: open.token.image, close });
    }
  }

  /** Did an unclosed string after the bracket, on its line, take the closing bracket along? */
  #swallowed(open: IToken): boolean {
    return this.openStrings.some((start) => {
      if (start < open.startOffset) return false;
      const line = this.tokens.find((token) => token.tokenType === T.Newline && token.startOffset > open.startOffset);
      return line === undefined || start < line.startOffset;
    });
  }

  /** Back over newlines: what is inserted belongs to the line before. */
  #lineEnd(index: number): number {
    let end = index;
    while (this.tokens[end - 1]?.tokenType === T.Newline) end -= 1;
    return end;
  }

  #endBefore(index: number): number {
    for (let before = index - 1; before >= 0; before -= 1) {
      const token = this.tokens[before];
      if (token !== undefined && token.tokenType !== T.Newline) return endOf(token);
    }
    return 0;
  }

  #insert(index: number, token: IToken): void {
    const there = this.#insertions.get(index);
    if (there === undefined) this.#insertions.set(index, [token]);
    else there.push(token);
  }

  /** The first `count` tokens, with what was inserted and without what was dropped. */
  #apply(count: number): IToken[] {
    if (this.#insertions.size === 0 && !this.#dropped.includes(1)) return this.tokens.slice(0, count);
    const out: IToken[] = [];
    for (let index = 0; index <= count; index += 1) {
      out.push(...(this.#insertions.get(index) ?? []));
      const token = this.tokens[index];
      if (index < count && token !== undefined && this.#dropped[index] === 0) out.push(token);
    }
    return out;
  }
}
