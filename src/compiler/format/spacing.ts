/** Where a space stands between two pieces, and a statement's text when all of it is on one line. */

import type { TokenType } from "chevrotain";
import * as T from "../../../grammar/tokens.js";
import { type Block, type Entry, is, type Piece } from "./piece.js";

export type Role = "setting" | "rule" | "assignment" | "vary" | "measure" | "item" | "other";

/** What an entry is, told from its first signs. `top`: it stands outside of every block. */
export function roleOf(entry: Entry, level: "top" | "block"): Role {
  const first = entry.find((piece) => piece.kind === "token");
  if (level === "top") return "item";
  if (is(first, T.Vary)) return "vary";
  if (is(first, T.Measure)) return "measure";
  if (is(first, T.Tune) || is(first, T.Where)) return "other";
  const sign = topSigns(entry).find((piece) => is(piece, T.Arrow) || is(piece, T.Equal));
  if (sign === undefined) return "setting";
  return is(sign, T.Arrow) ? "rule" : "assignment";
}

/** The pieces outside of all brackets, up to the first block. */
function topSigns(entry: Entry): readonly Piece[] {
  const signs: Piece[] = [];
  let open = 0;
  for (const piece of entry) {
    if (piece.kind === "block") break;
    if (opens(piece)) open += 1;
    else if (closes(piece)) open -= 1;
    else if (open === 0) signs.push(piece);
  }
  return signs;
}

export function opens(piece: Piece | undefined): boolean {
  return is(piece, T.LParen) || is(piece, T.LSquare);
}

export function closes(piece: Piece | undefined): boolean {
  return is(piece, T.RParen) || is(piece, T.RSquare);
}

/** First index of a sign outside of brackets and before any block; -1 without one. */
export function indexOfSign(entry: Entry, sign: TokenType): number {
  const found = topSigns(entry).find((piece) => is(piece, sign));
  return found === undefined ? -1 : entry.indexOf(found);
}

const NO_SPACE_BEFORE: readonly TokenType[] = [
  ...[T.RParen, T.RSquare, T.Comma, T.Dot, T.DotDot, T.Colon, T.Percent, T.Semicolon],
];

/** Is the `-` at `index` a sign rather than a subtraction? */
function isNegative(entry: Entry, index: number, role: Role): boolean {
  if (!is(entry[index], T.Minus)) return false;
  const previous = entry[index - 1];
  if (previous === undefined || previous.kind === "block-comment" || previous.kind === "line-comment") return false;
  if (index === 1 && role === "setting") return true;
  if (is(previous, T.Word) && !is(previous, T.Name)) return !is(entry[index - 2], T.Dot);
  const endsValue =
    is(previous, T.Name) ||
    is(previous, T.NumberToken) ||
    is(previous, T.StringToken) ||
    is(previous, T.Percent) ||
    previous.kind === "block" ||
    closes(previous);
  return !endsValue;
}

/** Does the bracket at `index` continue the value before it (a call, a slice)? */
function isPostfix(entry: Entry, index: number, role: Role): boolean {
  const previous = entry[index - 1];
  if (index === 1 && role === "setting") return false;
  if (is(previous, T.Word) && !is(previous, T.Name)) return is(entry[index - 2], T.Dot);
  return is(previous, T.Name) || is(previous, T.StringToken) || is(previous, T.NumberToken) || closes(previous);
}

/** Is there a space before the piece at `index`? */
export function spaced(entry: Entry, index: number, role: Role): boolean {
  const piece = entry[index];
  const previous = entry[index - 1];
  if (piece === undefined || previous === undefined) return false;
  if (previous.kind === "block-comment") return !closes(piece) && !is(piece, T.Comma);
  if (previous.kind === "line-comment") return true;
  if (opens(previous) || is(previous, T.Dot) || is(previous, T.DotDot)) return false;
  if (isNegative(entry, index - 1, role)) return false;
  if (piece.kind !== "token") return true;
  if (opens(piece)) return !isPostfix(entry, index, role);
  return !NO_SPACE_BEFORE.some((type) => is(piece, type));
}

/** The whole entry on one line, blocks too; undefined when a comment, or a block the author broke, forbids it. */
export function flat(entry: Entry, level: "top" | "block"): string | undefined {
  return flatFrom(entry, 0, entry.length, roleOf(entry, level));
}

export function flatFrom(entry: Entry, from: number, to: number, role: Role): string | undefined {
  let text = "";
  for (let index = from; index < to; index += 1) {
    const piece = entry[index];
    if (piece === undefined) break;
    const part = piece.block === undefined ? flatPiece(piece) : flatBlock(piece.block);
    if (part === undefined) return undefined;
    text += index > from && spaced(entry, index, role) ? ` ${part}` : part;
  }
  return text;
}

function flatPiece(piece: Piece): string | undefined {
  if (piece.kind === "line-comment" || (piece.kind === "block-comment" && /[\r\n]/.test(piece.text))) return undefined;
  return piece.text;
}

/** `{ a 1; b 2 }`, when the author wrote it that way. */
export function flatBlock(block: Block): string | undefined {
  if (!block.oneLine) return undefined;
  if (block.opening !== undefined) return `{ ${block.opening.text} }`;
  const parts: string[] = [];
  for (const line of block.lines) {
    if (line.comment !== undefined) return undefined;
    for (const entry of line.entries) {
      const text = flat(entry, "block");
      if (text === undefined) return undefined;
      parts.push(text);
    }
  }
  return parts.length === 0 ? "{}" : `{ ${parts.join("; ")} }`;
}
