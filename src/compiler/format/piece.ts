/** The parts of a file as the author laid them out: lines of statements, statements of pieces. */

import type { TokenType } from "chevrotain";

export interface Piece {
  readonly kind: "token" | "block" | "line-comment" | "block-comment";
  /** For a block: `{`. */
  readonly type: TokenType;
  readonly text: string;
  /** Offset in the source. */
  readonly start: number;
  /** A new line starts here: the author's, where it is good style. */
  readonly breakBefore: boolean;
  readonly block?: Block;
}

/** One statement or item. */
export type Entry = readonly Piece[];

export interface LineComment {
  readonly text: string;
  /** Column it stood in. */
  readonly column: number;
}

/** Statements that share a line (`source a; train b`), or a comment of its own. */
export interface Line {
  readonly kind: "entries" | "comment";
  readonly blankBefore: boolean;
  readonly entries: Entry[];
  comment?: LineComment;
}

export interface Block {
  readonly lines: readonly Line[];
  /** From `{` to `}` on one line. */
  readonly oneLine: boolean;
  /** The comment after `{`. */
  readonly opening?: LineComment;
}

/** Is the piece of this type, or of this category? */
export function is(piece: Piece | undefined, type: TokenType): boolean {
  if (piece === undefined || piece.kind === "line-comment" || piece.kind === "block-comment") return false;
  return piece.type === type || type.categoryMatchesMap?.[piece.type.tokenTypeIdx ?? -1] === true;
}
