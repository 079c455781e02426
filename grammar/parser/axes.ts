/** Axes (`n in 0..4`, `(init, train) as way in […]`), paths, and the names declarations give. */

import type { IToken } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import { endOf, spanOf } from "../spelling.js";
import type { Argument, Axis, Expression, Identifier, Path } from "../syntax.js";
import * as T from "../tokens.js";
import type { BlockOwner } from "./base.js";
import { ExpressionParser } from "./expressions.js";

export abstract class AxisParser extends ExpressionParser {
  /** `axis { "," axis }` after `keyword`. */
  protected readonly axes = this.RULE("axes", (keyword: string): Axis[] => {
    const axes: Axis[] = [];
    if (!this.RECORDING_PHASE && !this.at(T.Name) && !this.at(T.LParen)) {
      this.reportHere("missing-axis", { keyword });
      return axes;
    }
    axes.push(this.SUBRULE(this.axis));
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.strayCommas();
      axes.push(this.SUBRULE2(this.axis));
    });
    return axes;
  });

  private readonly axis = this.RULE("axis", (): Axis => {
    const start = this.start();
    return this.OR([
      {
        ALT: () => {
          const path = this.SUBRULE(this.path);
          const shown = path.segments?.map((segment) => segment.text).join(".");
          const values = this.SUBRULE(this.axisValues, { ARGS: [shown] });
          return { kind: "axis", path, values, span: this.spanFrom(start) } as const;
        },
      },
      {
        ALT: () => {
          const slots: Identifier[] = [];
          this.CONSUME(T.LParen);
          slots.push(this.identifier(this.CONSUME(T.Name)));
          this.MANY(() => {
            this.CONSUME(T.Comma);
            slots.push(this.identifier(this.CONSUME2(T.Name)));
          });
          this.CONSUME(T.RParen);
          this.CONSUME(T.As);
          const name = this.identifier(this.CONSUME3(T.Name));
          const values = this.SUBRULE2(this.axisValues, { ARGS: [name.text] });
          return { kind: "tuple-axis", slots, name, values, span: this.spanFrom(start) } as const;
        },
      },
    ]);
  });

  /** `"in" expression`, or what people write for `in`. */
  private readonly axisValues = this.RULE("axisValues", (axis: string): Expression => {
    this.OR([
      { ALT: () => this.CONSUME(T.In) },
      {
        ALT: () => {
          this.reportHere("equals-for-in", { axis, instead: "in" });
          this.OR2([{ ALT: () => this.CONSUME(T.Equal) }, { ALT: () => this.CONSUME(T.Colon) }]);
        },
      },
      {
        GATE: () => !this.at(T.In) && !this.at(T.Equal) && !this.at(T.Colon),
        ALT: () => {
          if (!this.RECORDING_PHASE) this.reportHere("missing-in", { axis });
        },
      },
    ]);
    if (!this.RECORDING_PHASE && this.at(T.LCurly)) return this.pointsInBraces();
    if (!this.RECORDING_PHASE && this.listsPoints()) return this.barePoints();
    return this.SUBRULE(this.expression);
  });

  /** `a, b` up to the end of the line: no axis begins with the second. */
  private listsPoints(): boolean {
    let ahead = 1;
    while (this.isPoint(ahead) && this.at(T.Comma, ahead + 1)) ahead += 2;
    return ahead > 1 && this.isPoint(ahead) && (this.at(T.Separator, ahead + 1) || this.at(T.RCurly, ahead + 1));
  }

  private isPoint(ahead: number): boolean {
    return this.at(T.Name, ahead) || this.at(T.NumberToken, ahead) || this.at(T.StringToken, ahead);
  }

  private barePoints(): Expression {
    const start = this.start();
    const items: Argument[] = [];
    while (this.isPoint(1)) {
      const token = this.SKIP_TOKEN();
      const span = spanOf(token);
      const value: Expression = tokenMatcher(token, T.Name)
        ? { kind: "name", text: token.image, span }
        : { kind: "missing", span };
      items.push({ value, span });
      if (this.at(T.Comma)) this.SKIP_TOKEN();
    }
    const span = this.spanFrom(start);
    const instead = `[${this.text.slice(span.start, span.end)}]`;
    this.problems?.report("points-without-brackets", span, { instead });
    return { kind: "list", items, span };
  }

  /** `{a, b}`, a set of Python's. */
  private pointsInBraces(): Expression {
    const start = this.start();
    this.SKIP_TOKEN();
    this.skipTo(() => this.at(T.RCurly));
    if (this.at(T.RCurly)) this.SKIP_TOKEN();
    const span = this.spanFrom(start);
    const inner = this.text.slice(span.start + 1, span.end - 1).trim();
    this.problems?.report("points-without-brackets", span, { instead: `[${inner}]` });
    return { kind: "missing", span };
  }

  /** `NAME { "." WORD }` */
  protected readonly path = this.RULE("path", (): Path => {
    const start = this.start();
    const segments = [this.identifier(this.CONSUME(T.Name))];
    this.MANY(() => {
      this.CONSUME(T.Dot);
      segments.push(this.identifier(this.CONSUME(T.Word)));
    });
    return { segments, span: this.spanFrom(start) };
  });

  /** The name a declaration or measure gives. `keyword` is the word before it. */
  protected readonly declaredName = this.RULE("declaredName", (keyword: string): Identifier => {
    if (!this.RECORDING_PHASE && !this.at(T.Name)) return this.badName(keyword);
    const token = this.CONSUME(T.Name);
    return this.ACTION(() => {
      if (tokenMatcher(token, T.Kind)) this.report("reserved-name", spanOf(token), { word: token.image });
      return this.hyphenated(token);
    });
  });

  /** The `=` of a declaration or measure. */
  protected readonly equals = this.RULE("equals", (keyword: string, name: string): void => {
    this.OR([
      { ALT: () => this.CONSUME(T.Equal) },
      {
        ALT: () => {
          this.reportHere("colon-for-equals", { name, instead: " =" });
          this.CONSUME(T.Colon);
        },
      },
      {
        ALT: () => {
          this.reportHere("foreign-operator", { operator: "<-", instead: "=" });
          this.CONSUME(T.Arrow);
        },
      },
      {
        GATE: () => !this.at(T.Equal) && !this.at(T.Colon) && !this.at(T.Arrow),
        ALT: () => {
          if (!this.RECORDING_PHASE) this.reportHere("missing-equals", { keyword, name });
        },
      },
    ]);
  });

  protected within<Result>(owner: BlockOwner, part: () => Result): Result {
    const outer = this.owner;
    this.owner = owner;
    const result = part();
    this.owner = outer;
    return result;
  }

  private badName(keyword: string): Identifier {
    const token = this.LA(1);
    const span = this.spanOfNext();
    if (this.at(T.Word)) {
      this.reportHere("reserved-name", { word: token.image });
      this.SKIP_TOKEN();
      return { text: token.image, span };
    }
    if (this.at(T.StringToken)) {
      const text = token.image.replaceAll('"', "");
      const instead = text.replaceAll(/\W+/g, "_");
      const title = keyword === "study";
      if (title) this.reportHere("missing-name", { keyword, found: this.describeNext() });
      else this.reportHere("quoted-key", { name: text, instead });
      if (!title) this.SKIP_TOKEN();
      return { text: instead, span };
    }
    this.reportHere("missing-name", { keyword, found: this.describeNext() });
    return { text: "", span: { start: span.start, end: span.start } };
  }

  /** `feature-reuse`, written without spaces. */
  protected hyphenated(first: IToken): Identifier {
    let end = endOf(first);
    let name = first.image;
    while (this.at(T.Minus) && this.LA(1).startOffset === end) {
      const word = this.LA(2);
      const glued = word.startOffset === end + 1 && (tokenMatcher(word, T.Word) || tokenMatcher(word, T.NumberToken));
      if (!glued) break;
      name += `-${word.image}`;
      end = endOf(word);
      this.SKIP_TOKEN();
      this.SKIP_TOKEN();
    }
    const span = { start: first.startOffset, end };
    const text = name.replaceAll("-", "_");
    if (text !== name) this.report("hyphen-in-name", span, { name, instead: text });
    return { text, span };
  }
}
