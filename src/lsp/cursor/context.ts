/** What the text before the cursor is in the middle of. Read from tokens alone, for while one types nothing parses. */

import type { IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "../../../grammar/chevrotain.js";
import { lex } from "../../../grammar/scan.js";
import { endOf } from "../../../grammar/spelling.js";
import * as T from "../../../grammar/tokens.js";

/** A bracket that is open at the cursor. */
export interface Frame {
  readonly bracket: "{" | "(" | "[";
  /** Tokens of the statement or value before the bracket. */
  readonly head: readonly IToken[];
}

export interface CursorContext {
  readonly text: string;
  readonly offset: number;
  /** The word being typed, up to the cursor, and where it starts. */
  readonly prefix: string;
  readonly start: number;
  readonly inComment: boolean;
  /** Set inside of quotes: what stands between the opening quote and the cursor. */
  readonly string: { readonly start: number; readonly before: string } | undefined;
  /** Outermost first. */
  readonly frames: readonly Frame[];
  /** Tokens before the word since the statement, or the innermost bracket, began. */
  readonly tokens: readonly IToken[];
}

const OPENS: ReadonlyMap<TokenType, Frame["bracket"]> = new Map([
  [T.LCurly, "{"],
  [T.LParen, "("],
  [T.LSquare, "["],
]);
const CLOSES: ReadonlyMap<TokenType, Frame["bracket"]> = new Map([
  [T.RCurly, "{"],
  [T.RParen, "("],
  [T.RSquare, "["],
]);

export function contextAt(text: string, offset: number): CursorContext {
  const before = text.slice(0, offset);
  const { tokens, comments } = lex(before);
  const last = tokens.at(-1);
  const inComment =
    comments.some((each) => each.image.startsWith("//") && endOf(each) === offset) ||
    last?.tokenType === T.UnclosedComment;
  const quoted = last !== undefined && last.tokenType === T.UnclosedString && endOf(last) === offset;
  const prefix = quoted || inComment ? "" : (/[A-Za-z_]\w*$/.exec(before)?.[0] ?? "");
  const start = offset - prefix.length;
  const read = tokens.filter((token) => token.startOffset < (quoted ? (last?.startOffset ?? start) : start));
  return {
    ...{ text, offset, prefix, start, inComment },
    string: quoted && last !== undefined ? { start: last.startOffset + 1, before: last.image.slice(1) } : undefined,
    ...nesting(read),
  };
}

function nesting(tokens: readonly IToken[]): Pick<CursorContext, "frames" | "tokens"> {
  const frames: Frame[] = [];
  let statement: IToken[] = [];
  for (const token of tokens) {
    const opens = OPENS.get(token.tokenType);
    const closes = CLOSES.get(token.tokenType);
    if (opens !== undefined) {
      frames.push({ bracket: opens, head: statement });
      statement = [];
    } else if (closes !== undefined) {
      statement = [...closed(frames, closes), token];
    } else if (endsStatement(token, statement, frames.at(-1))) {
      statement = [];
    } else if (token.tokenType !== T.Newline) {
      statement.push(token);
    }
  }
  return { frames, tokens: statement };
}

/** Drops what a bracket closes, and what was left open inside of it. */
function closed(frames: Frame[], bracket: Frame["bracket"]): readonly IToken[] {
  if (!frames.some((frame) => frame.bracket === bracket)) return [];
  for (let frame = frames.pop(); frame !== undefined; frame = frames.pop()) {
    if (frame.bracket === bracket) return frame.head;
  }
  return [];
}

function endsStatement(token: IToken, statement: readonly IToken[], frame: Frame | undefined): boolean {
  if (frame !== undefined && frame.bracket !== "{") return false;
  if (token.tokenType === T.Semicolon) return true;
  return token.tokenType === T.Newline && !goesOn(statement.at(-1));
}

const GOES_ON: ReadonlySet<TokenType> = new Set([T.Comma, T.Equal, T.Arrow, T.Colon, T.Dot, T.With, T.Then, T.Except]);

function goesOn(last: IToken | undefined): boolean {
  return last !== undefined && (GOES_ON.has(last.tokenType) || tokenMatcher(last, T.BinaryOperatorToken));
}

/** The innermost block: what owns it, by its words. Undefined at the top. */
export function blockOf({ frames }: CursorContext): Frame | undefined {
  return frames.findLast((frame) => frame.bracket === "{");
}

/** Words a block or statement begins with: `experiment main`, `line from depth`, `recipe r with`. */
export function headWords(tokens: readonly IToken[]): readonly string[] {
  return tokens.filter((token) => tokenMatcher(token, T.Word)).map((token) => token.image);
}

export interface CallSite {
  /** `pretrain` of `pretrain(`, `main.test` of `main.test[`. */
  readonly callee: readonly string[];
  readonly bracket: "(" | "[";
  /** How many commas before. */
  readonly position: number;
  /** Names given so far, this argument's included. */
  readonly named: readonly string[];
  /** Set where the cursor is behind `name:`. */
  readonly argument: string | undefined;
  /** Arguments without a name before this one. */
  readonly unnamed: number;
}

/** The innermost call or slice the cursor is in. */
export function callAt({ frames, tokens }: CursorContext): CallSite | undefined {
  const frame = frames.at(-1);
  if (frame === undefined || frame.bracket === "{") return undefined;
  const parts = splitAtCommas(tokens);
  const current = parts.at(-1) ?? [];
  const nameOf = ([first, second]: readonly IToken[]): string | undefined =>
    first !== undefined && second?.tokenType === T.Colon ? first.image : undefined;
  const before = parts.slice(0, -1);
  return {
    callee: calleeOf(frame.head),
    bracket: frame.bracket,
    position: before.length,
    named: parts.flatMap((part) => nameOf(part) ?? []),
    argument: nameOf(current),
    unnamed: before.filter((part) => nameOf(part) === undefined).length,
  };
}

function splitAtCommas(tokens: readonly IToken[]): readonly (readonly IToken[])[] {
  const parts: IToken[][] = [[]];
  for (const token of tokens) {
    if (token.tokenType === T.Comma) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** The dotted name a statement ends with. */
export function calleeOf(tokens: readonly IToken[]): readonly string[] {
  const names: string[] = [];
  for (let index = tokens.length - 1; index >= 0; index -= 2) {
    const token = tokens[index];
    if (token === undefined || !tokenMatcher(token, T.Word)) break;
    names.unshift(token.image);
    if (tokens[index - 1]?.tokenType !== T.Dot) break;
  }
  return names;
}
