/** Single values and what may stand in their place: names, strings, units, and the slips around them. No grammar rules. */

import type { IToken } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import { endOf, spanOf } from "../spelling.js";
import type { Expression, Identifier } from "../syntax.js";
import * as T from "../tokens.js";
import { BaseParser } from "./base.js";
import { readString } from "./literals.js";

/** Words of other languages for values xfer has. */
const FOREIGN_WORDS: ReadonlyMap<string, string> = new Map([
  ["True", "yes"],
  ["true", "yes"],
  ["False", "no"],
  ["false", "no"],
  ["None", ""],
  ["null", ""],
  ["TRUE", "yes"],
  ["FALSE", "no"],
  ["NULL", ""],
  ["NaN", ""],
  ["nil", ""],
  ["undefined", ""],
]);

/** Behind a whole value: what other languages write between two. */
export const WRITTEN_OTHERWISE: ReadonlyMap<string, string> = new Map([
  ["is", "=="],
  ["=", "=="],
  ["to", ".."],
]);

/** Stands for a name while chevrotain records the grammar and there is no text. */
const UNREAD: Identifier = { text: "", span: { start: 0, end: 0 } };

export abstract class ValueParser extends BaseParser {
  /** `"batch"` where `batch` is meant. */
  protected unquoted(token: IToken): Identifier {
    if (this.RECORDING_PHASE) return UNREAD;
    const span = spanOf(token);
    if (!tokenMatcher(token, T.StringToken)) return { text: token.image, span };
    const name = token.image.replaceAll('"', "");
    this.report("quoted-key", span, { name, instead: name });
    return { text: name, span };
  }

  protected readonly atListEnd = (): boolean => this.at(T.RParen) || this.at(T.RSquare) || this.at(T.RCurly);

  protected labelFollows(): boolean {
    if (!this.at(T.Word) && !this.at(T.StringToken)) return false;
    return this.at(T.Colon, 2) || this.at(T.Equal, 2);
  }

  protected startsPrimary(): boolean {
    return (
      this.at(T.NumberToken) ||
      this.at(T.StringToken) ||
      this.at(T.Name) ||
      this.at(T.LSquare) ||
      this.at(T.LParen) ||
      this.at(T.Hole)
    );
  }

  protected startsOperand(): boolean {
    return this.startsPrimary() || this.at(T.Minus) || this.at(T.DotDot);
  }

  protected startsExpression(): boolean {
    return this.startsOperand() || this.at(T.Not);
  }

  /** A word right after a number is its unit, unless it rather starts the next setting or argument. */
  protected unitFollows(): boolean {
    const word = this.LA(1);
    if (word.tokenType !== T.Identifier) return false;
    if (this.at(T.Colon, 2) || this.at(T.Equal, 2) || this.at(T.Arrow, 2)) return false;
    if (this.bracketed) return !this.at(T.LParen, 2);
    if (this.at(T.LParen, 2) || this.at(T.LSquare, 2) || this.at(T.NumberToken, 2)) return false;
    if (T.UNITS.has(word.image)) return true;
    return !this.at(T.Name, 2) && !this.at(T.StringToken, 2);
  }

  protected identifier(token: IToken): Identifier {
    return this.RECORDING_PHASE ? UNREAD : { text: token.image, span: spanOf(token) };
  }

  protected name(token: IToken): Expression {
    this.depth = 0;
    return this.ACTION(() => {
      const instead = FOREIGN_WORDS.get(token.image);
      if (instead !== undefined) this.report("foreign-word", spanOf(token), { word: token.image, instead });
      return { kind: "name", text: instead || token.image, span: spanOf(token) };
    });
  }

  protected string(token: IToken): Expression & { kind: "string" } {
    this.depth = 0;
    return this.ACTION(() => {
      const value = readString(token, (id, span, details) => this.report(id, span, details));
      return { kind: "string", value, span: spanOf(token) };
    });
  }

  protected missingValue(): Expression {
    if (this.RECORDING_PHASE) return this.missing();
    const previous = this.LA(0);
    const after = Number.isNaN(previous.startOffset) ? "" : previous.image;
    if (tokenMatcher(previous, T.DotDot)) {
      const bound = this.LA(-1);
      const start = Number.isNaN(bound.startOffset) ? previous.startOffset : bound.startOffset;
      this.report("open-range", { start, end: endOf(previous) }, { side: "end", bound: bound.image });
    } else if (this.at(T.Dot) && this.at(T.NumberToken, 2)) {
      return this.leadingDot();
    } else if (this.at(T.For) && this.bracketed) {
      this.reportHere("foreign-statement", { word: "for", kind: "loop" });
      this.skipTo(this.atListEnd);
    } else if (this.at(T.Word) && !this.at(T.PrepositionWord)) {
      this.reportHere("reserved-name", { word: this.LA(1).image });
      this.SKIP_TOKEN();
    } else {
      this.reportHere("missing-value", { after });
    }
    return this.missing();
  }

  /** `.5` */
  protected leadingDot(): Expression {
    const start = this.start();
    const number = this.LA(2);
    const text = `.${number.image}`;
    this.report("bad-number", { start, end: endOf(number) }, { text, instead: `0${text}` });
    this.SKIP_TOKEN();
    this.SKIP_TOKEN();
    this.depth = 0;
    return { kind: "number", value: Number(`0${text.replaceAll("_", "")}`), span: this.spanFrom(start) };
  }

  /** Commas with nothing before them. */
  protected strayCommas(): void {
    if (this.RECORDING_PHASE) return;
    while (this.at(T.Comma)) {
      this.reportHere("stray-comma", { instead: "" });
      this.SKIP_TOKEN();
    }
  }

  protected missingComma(): void {
    if (this.RECORDING_PHASE || this.atListEnd()) return;
    const operator = this.LA(1).image;
    if (WRITTEN_OTHERWISE.has(operator) && !this.labelFollows()) {
      this.reportHere("foreign-operator", { operator, instead: WRITTEN_OTHERWISE.get(operator) ?? "" });
      this.SKIP_TOKEN();
      return;
    }
    if (this.startsExpression() || this.labelFollows()) {
      this.reportHere("missing-comma", { before: this.LA(1).image });
    }
  }

  protected closeList(): void {
    if (this.atListEnd()) return;
    this.reportHere("unexpected-token", { found: this.describeNext(), expected: "a value or the closing bracket" });
    this.skipTo(this.atListEnd);
  }
}
