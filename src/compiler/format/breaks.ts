/** Which of the author's line ends inside a statement stay. */

import type { TokenType } from "chevrotain";
import * as T from "../../../grammar/tokens.js";
import { is, type Piece } from "./piece.js";

/** A long line may also be broken after these. */
export const OPERATORS: readonly TokenType[] = [
  ...[T.Plus, T.Minus, T.Star, T.Slash, T.And, T.Or],
  ...[T.EqualEqual, T.NotEqual, T.Less, T.LessEqual, T.Greater, T.GreaterEqual],
];
const BREAK_AFTER: readonly TokenType[] = [T.Comma, T.LParen, T.LSquare, T.Equal, T.Arrow, ...OPERATORS];
const BREAK_BEFORE: readonly TokenType[] = [T.Then, T.With, T.Where, T.Except, ...OPERATORS];

export function isOneOf(piece: Piece | undefined, types: readonly TokenType[]): boolean {
  return types.some((type) => is(piece, type));
}

/** The pieces with `breakBefore` only where a line end is good style, or a `//` comment needs one. */
export function withGoodBreaks(pieces: readonly Piece[]): Piece[] {
  const hanging: boolean[] = [];
  return pieces.map((piece, index) => {
    const previous = pieces[index - 1];
    const next = pieces[index + 1];
    const closer = is(piece, T.RParen) || is(piece, T.RSquare);
    const inner = closer ? hanging.pop() === true : true;
    if (is(piece, T.LParen) || is(piece, T.LSquare)) hanging.push(next?.breakBefore === true);
    return { ...piece, breakBefore: inner ? isGood(piece, previous) : previous?.kind === "line-comment" };
  });
}

function isGood(piece: Piece, previous: Piece | undefined): boolean {
  if (previous === undefined) return false;
  if (previous.kind === "line-comment") return true;
  if (!piece.breakBefore) return false;
  const isComment = piece.kind === "line-comment" || piece.kind === "block-comment";
  const isCloser = is(piece, T.RParen) || is(piece, T.RSquare);
  if (isComment || isCloser || previous.kind === "block-comment") return true;
  return isOneOf(previous, BREAK_AFTER) || isOneOf(piece, BREAK_BEFORE);
}
