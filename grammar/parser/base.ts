/** What every part of the parser shares: places, problems, and finding the way back after a slip. */

import type { IToken, TokenType } from "chevrotain";
import { EmbeddedActionsParser, isRecognitionException, tokenMatcher } from "../chevrotain.js";
import type { ProblemSink, SyntaxProblemDetails, SyntaxProblemId } from "../problems.js";
import { endOf } from "../spelling.js";
import type { DeclarationKind, Expression, Missing, Span } from "../syntax.js";
import * as T from "../tokens.js";

/** Levels of a syntax tree; whoever walks a tree may recurse. */
export const MAX_DEPTH = 200;

/** What a block belongs to decides what `=` and `:` in it may have meant. */
export type BlockOwner = DeclarationKind | "study" | "tune" | "with" | "setting";

/** Chevrotain's messages are never shown: a slip is described by `SyntaxProblem`. */
const SILENT = {
  buildMismatchTokenMessage: () => "",
  buildNotAllInputParsedMessage: () => "",
  buildNoViableAltMessage: () => "",
  buildEarlyExitMessage: () => "",
};

export interface ParserOptions {
  /** Off in production; a test turns it on. */
  readonly validate: boolean;
}

export abstract class BaseParser extends EmbeddedActionsParser {
  /** Set before each parse. */
  protected problems: ProblemSink | undefined;
  protected text = "";
  protected owner: BlockOwner = "setting";
  /** Inside `( )` or `[ ]`, where no setting can start. */
  protected bracketed = false;
  /** Levels of the expression parsed last, and the most since the enclosing block began. */
  protected depth = 0;
  protected deepest = 0;
  /** No second report about the same place. */
  #reportedAt = -1;
  #cutOff = false;

  constructor(options: ParserOptions) {
    super([...T.VOCABULARY], {
      maxLookahead: 2,
      skipValidations: !options.validate,
      recoveryEnabled: false,
      errorMessageProvider: SILENT,
    });
  }

  protected begin(text: string, tokens: IToken[], problems: ProblemSink): void {
    this.input = tokens;
    this.problems = problems;
    this.text = text;
    this.owner = "setting";
    this.bracketed = false;
    this.depth = 0;
    this.deepest = 0;
    this.#reportedAt = -1;
    this.#cutOff = false;
  }

  /** Is the next token (or the one `ahead` of it) of this type? */
  protected at(type: TokenType, ahead = 1): boolean {
    return tokenMatcher(this.LA(ahead), type);
  }

  protected atEnd(): boolean {
    return Number.isNaN(this.LA(1).startOffset);
  }

  /** Offset of the next token. */
  protected start(): number {
    const offset = this.LA(1).startOffset;
    return Number.isNaN(offset) ? this.text.length : offset;
  }

  /** From `start` to the end of the last token read. */
  protected spanFrom(start: number): Span {
    const last = this.LA(0);
    const end = Number.isNaN(last.startOffset) ? start : endOf(last);
    return { start: Math.min(start, end), end };
  }

  /** As written, from `start` to the end of the last token read. */
  protected textFrom(start: number): string {
    const { end } = this.spanFrom(start);
    return this.text.slice(start, end);
  }

  protected spanOfNext(): Span {
    const token = this.LA(1);
    if (this.atEnd()) return { start: this.text.length, end: this.text.length };
    const start = token.startOffset;
    return token.tokenType === T.Separator ? { start, end: start } : { start, end: endOf(token) };
  }

  protected report<Id extends SyntaxProblemId>(id: Id, span: Span, details: SyntaxProblemDetails<Id>): void {
    if (this.RECORDING_PHASE) return;
    const place = this.start();
    if (this.#reportedAt === place) return;
    this.#reportedAt = place;
    this.problems?.report(id, span, details);
  }

  /** The same, unless an earlier pass already complained about this very place. */
  protected reportHere<Id extends SyntaxProblemId>(id: Id, details: SyntaxProblemDetails<Id>): void {
    const span = this.spanOfNext();
    const before = this.LA(0);
    const from = Number.isNaN(before.startOffset) ? 0 : before.startOffset;
    if (this.problems?.touches(from, span.end) === true) {
      this.#reportedAt = this.start();
      return;
    }
    this.report(id, span, details);
  }

  /** "`}`", "the end of the line": ready for a sentence. */
  protected describeNext(): string {
    const token = this.LA(1);
    if (this.atEnd()) return "the end of the file";
    if (token.tokenType === T.Separator) return token.image === ";" ? "`;`" : "the end of the line";
    if (token.image === "") return "the end of the block";
    const image = token.image.length > 40 ? `${token.image.slice(0, 39)}…` : token.image;
    return `\`${image}\``;
  }

  protected missing(): Missing {
    const start = this.start();
    this.depth = 0;
    return { kind: "missing", span: { start, end: start } };
  }

  /** One level deeper than `levels`; a tree that would be too deep is cut off here. */
  protected deepen<Node extends Expression>(node: Node, levels: number): Node | Missing {
    this.depth = levels + 1;
    if (this.depth > this.deepest) this.deepest = this.depth;
    if (this.depth <= MAX_DEPTH || this.RECORDING_PHASE) return node;
    if (!this.#cutOff) this.report("nested-too-deeply", node.span, { limit: MAX_DEPTH });
    this.#cutOff = true;
    this.depth = 0;
    return { kind: "missing", span: node.span };
  }

  /** Runs `part`; when it loses its way, reports that once and goes on where `isEnd` says, outside of inner brackets. */
  protected guard(expected: string, isEnd: () => boolean, part: () => void): void {
    const { owner, bracketed, deepest } = this;
    try {
      part();
    } catch (error) {
      if (!(error instanceof Error) || !isRecognitionException(error)) throw error;
      Object.assign(this, { owner, bracketed, deepest });
      this.reportHere("unexpected-token", { found: this.describeNext(), expected });
      this.skipTo(isEnd);
    }
  }

  protected skipTo(isEnd: () => boolean): void {
    let open = 0;
    while (!this.atEnd()) {
      if (open === 0 && isEnd()) return;
      if (this.at(T.LParen) || this.at(T.LSquare) || this.at(T.LCurly)) open += 1;
      else if (this.at(T.RParen) || this.at(T.RSquare) || this.at(T.RCurly)) {
        if (open === 0) return;
        open -= 1;
      }
      this.SKIP_TOKEN();
    }
  }

  protected readonly atSettingEnd = (): boolean => this.at(T.Separator) || this.at(T.RCurly);
}
