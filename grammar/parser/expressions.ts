/** Values: literals, names, calls, slices, arithmetic, and `with`, `where`, `except`, `then`. */

import type { IToken, ParserMethod } from "chevrotain";
import { tokenMatcher } from "../chevrotain.js";
import { endOf, spanOf } from "../spelling.js";
import type { Argument, Block, Expression, Identifier, NumberLiteral } from "../syntax.js";
import * as T from "../tokens.js";
import { foreignSuffix, readNumber } from "./literals.js";
import { type Operand, treeOf } from "./operators.js";
import { ValueParser } from "./values.js";

const NO_TOKENS: readonly IToken[] = [];

export abstract class ExpressionParser extends ValueParser {
  protected abstract readonly block: ParserMethod<[], Block>;

  /** `changed { "then" changed }` */
  readonly expression = this.RULE("expression", (): Expression => {
    const start = this.start();
    let first = this.SUBRULE(this.changed);
    if (this.simple && !this.at(T.Then)) return first;
    this.MANY(() => {
      const levels = this.depth;
      this.CONSUME(T.Then);
      const second = this.SUBRULE2(this.changed);
      first = this.deepen({ kind: "then", first, second, span: this.spanFrom(start) }, Math.max(levels, this.depth));
    });
    return first;
  });

  /** `logic { "with" ( block | postfix ) | "where" logic | "except" postfix }` */
  readonly changed = this.RULE("changed", (): Expression => {
    const start = this.start();
    let base = this.SUBRULE(this.logic);
    if (this.simple && !this.at(T.With) && !this.at(T.Where) && !this.at(T.Except)) return base;
    this.MANY(() => {
      const levels = this.depth;
      base = this.OR([
        {
          ALT: () => {
            this.CONSUME(T.With);
            const change = this.SUBRULE(this.change);
            const node = { kind: "with", base, change, span: this.spanFrom(start) } as const;
            return this.deepen(node, Math.max(levels, this.depth));
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Where);
            const condition = this.SUBRULE2(this.logic);
            const node = { kind: "restrict", base, condition, span: this.spanFrom(start) } as const;
            return this.deepen(node, Math.max(levels, this.depth));
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Except);
            const excluded = this.SUBRULE(this.postfix);
            const node = { kind: "except", base, excluded, span: this.spanFrom(start) } as const;
            return this.deepen(node, Math.max(levels, this.depth));
          },
        },
      ]);
    });
    return base;
  });

  /**
   * Most values are a bare name or number. While text is read (and no grammar recorded), rules look for what could
   * follow and return at once when nothing does: twice as fast as asking for every optional part.
   */
  private get simple(): boolean {
    return !this.RECORDING_PHASE;
  }

  private readonly change = this.RULE("change", (): Block | Expression => {
    const owner = this.owner;
    const bracketed = this.bracketed;
    this.owner = "with";
    this.bracketed = false;
    const change = this.OR([{ ALT: () => this.SUBRULE(this.block) }, { ALT: () => this.SUBRULE(this.postfix) }]);
    this.owner = owner;
    this.bracketed = bracketed;
    return change;
  });

  /** Operators are read flat; `treeOf` knows which binds tighter. */
  private readonly logic = this.RULE("logic", (): Expression => {
    const first = this.SUBRULE(this.operand);
    if (this.simple && first.nots.length === 0 && !this.at(T.BinaryOperatorToken)) return first.value;
    const operands = [first];
    const operators: IToken[] = [];
    let ranged = false;
    this.MANY({
      GATE: () => !this.at(T.By) || ranged,
      DEF: () => {
        const operator = this.OR([
          { ALT: () => this.CONSUME(T.BinaryOperatorToken) },
          { ALT: () => this.CONSUME(T.By) },
        ]);
        ranged =
          tokenMatcher(operator, T.DotDot) || (ranged && !tokenMatcher(operator, T.By) && isArithmetic(operator));
        operators.push(operator);
        operands.push(this.SUBRULE2(this.operand));
      },
    });
    return this.ACTION(() => {
      const tree = treeOf(operands, operators, (problem, span, details) => this.report(problem, span, details));
      return this.deepen(tree.node, tree.levels - 1);
    });
  });

  /** `{ "not" } [ "-" ] postfix` */
  private readonly operand = this.RULE("operand", (): Operand => {
    if (this.simple && this.startsPrimary()) {
      const value = this.SUBRULE(this.postfix);
      return { nots: NO_TOKENS, value, levels: this.depth };
    }
    const nots: IToken[] = [];
    this.MANY(() => {
      nots.push(this.CONSUME(T.Not));
    });
    const start = this.start();
    const value = this.OR([
      { ALT: () => this.SUBRULE(this.postfix) },
      {
        ALT: () => {
          this.CONSUME(T.Minus);
          const operand = this.SUBRULE2(this.postfix);
          const node = { kind: "unary", operator: "-", operand, span: this.spanFrom(start) } as const;
          return this.deepen(node, this.depth);
        },
      },
      { ALT: () => this.SUBRULE(this.openRange) },
      { GATE: () => !this.startsOperand(), ALT: () => this.missingValue() },
    ]);
    return { nots, value, levels: this.depth };
  });

  /** `..n`: the range has no start. */
  private readonly openRange = this.RULE("openRange", (): Expression => {
    const from = this.missing();
    this.CONSUME(T.DotDot);
    const bound = this.LA(1).image;
    const to = this.SUBRULE(this.postfix);
    const span = this.spanFrom(from.span.start);
    this.report("open-range", span, { side: "start", bound });
    return this.deepen({ kind: "range", from, to, span }, this.depth);
  });

  /** `primary { "." WORD | "(" args ")" | "[" args "]" }` */
  readonly postfix: ParserMethod<[], Expression> = this.RULE("postfix", (): Expression => {
    const start = this.start();
    let object = this.SUBRULE(this.primary);
    if (this.simple && !this.at(T.Dot) && !this.at(T.LParen) && !this.at(T.LSquare)) return object;
    this.MANY(() => {
      const levels = this.depth;
      object = this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Dot);
            const name = this.identifier(this.CONSUME(T.Word));
            return this.deepen({ kind: "member", object, name, span: this.spanFrom(start) }, levels);
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.LParen);
            const args = this.SUBRULE(this.list);
            this.CONSUME(T.RParen);
            const node = { kind: "call", callee: object, args, span: this.spanFrom(start) } as const;
            return this.deepen(node, Math.max(levels, this.depth));
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.LSquare);
            const args = this.SUBRULE2(this.list);
            this.CONSUME(T.RSquare);
            const node = { kind: "index", object, args, span: this.spanFrom(start) } as const;
            return this.deepen(node, Math.max(levels, this.depth));
          },
        },
      ]);
    });
    return object;
  });

  private readonly primary = this.RULE("primary", (): Expression => {
    if (this.simple) {
      if (this.at(T.Name)) return this.name(this.CONSUME(T.Name));
      if (this.at(T.NumberToken)) return this.SUBRULE(this.number);
      if (!this.startsPrimary()) return this.missingValue();
    }
    const start = this.start();
    return this.OR([
      { ALT: () => this.SUBRULE(this.number) },
      { ALT: () => this.string(this.CONSUME(T.StringToken)) },
      { ALT: () => this.name(this.CONSUME(T.Name)) },
      {
        ALT: () => {
          this.CONSUME(T.LSquare);
          const items = this.SUBRULE(this.list);
          this.CONSUME(T.RSquare);
          const levels = this.depth;
          const unit = this.OPTION({ GATE: () => this.unitFollows(), DEF: () => this.CONSUME(T.Identifier) });
          const span = this.spanFrom(start);
          const node = unit === undefined ? { items, span } : { items, unit: this.identifier(unit), span };
          return this.deepen({ kind: "list", ...node }, levels);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.LParen);
          const before = this.LA(1);
          const items = this.SUBRULE2(this.list);
          if (items.length === 0 && this.LA(1) === before) this.reportHere("missing-value", { after: "(" });
          this.CONSUME(T.RParen);
          return this.deepen({ kind: "tuple", items, span: this.spanFrom(start) }, this.depth);
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Hole);
          return this.missing();
        },
      },
    ]);
  });

  private readonly number = this.RULE("number", (): NumberLiteral => {
    const token = this.CONSUME(T.NumberToken);
    const value = this.ACTION(() => readNumber(token, (id, span, details) => this.report(id, span, details)));
    this.depth = 0;
    if (this.simple && !this.at(T.Percent) && !this.at(T.Identifier)) {
      return { kind: "number", value, span: spanOf(token) };
    }
    const suffix = this.ACTION(() => foreignSuffix(token, this.LA(1)));
    if (suffix !== undefined) {
      this.report("bad-number", { start: token.startOffset, end: endOf(this.LA(1)) }, suffix);
      this.SKIP_TOKEN();
    }
    const unit = this.OR([
      { ALT: () => this.CONSUME(T.Percent) },
      { GATE: () => this.unitFollows(), ALT: () => this.CONSUME(T.Identifier) },
      { ALT: () => undefined },
    ]);
    const span = this.spanFrom(token.startOffset);
    return unit === undefined
      ? { kind: "number", value, span }
      : { kind: "number", value, unit: this.identifier(unit), span };
  });

  /** Arguments up to the closing bracket; sets `depth` to the deepest of them. */
  private readonly list = this.RULE("list", (): Argument[] => {
    const items: Argument[] = [];
    const bracketed = this.bracketed;
    let levels = 0;
    this.bracketed = true;
    this.guard("a value", this.atListEnd, () => {
      this.strayCommas();
      this.MANY({
        GATE: () => !this.atListEnd(),
        DEF: () => {
          items.push(this.SUBRULE(this.argument));
          levels = Math.max(levels, this.depth);
          const comma = this.OPTION(() => this.CONSUME(T.Comma));
          if (comma === undefined) this.missingComma();
          else this.strayCommas();
        },
      });
      this.ACTION(() => this.closeList());
    });
    this.bracketed = bracketed;
    this.depth = levels;
    return items;
  });

  /** `[ WORD ":" ] expression` */
  protected readonly argument: ParserMethod<[], Argument> = this.RULE("argument", (): Argument => {
    const start = this.start();
    const label = this.OPTION({ GATE: () => this.labelFollows(), DEF: () => this.SUBRULE(this.label) });
    const value = this.SUBRULE(this.expression);
    const span = this.spanFrom(start);
    return label === undefined ? { value, span } : { name: label, value, span };
  });

  private readonly label = this.RULE("label", (): Identifier => {
    const token = this.OR([{ ALT: () => this.CONSUME(T.Word) }, { ALT: () => this.CONSUME(T.StringToken) }]);
    const identifier = this.unquoted(token);
    const name = identifier.text;
    this.OR2([
      { ALT: () => this.CONSUME(T.Colon) },
      {
        ALT: () => {
          this.reportHere("equals-for-colon", { name, instead: ": " });
          this.CONSUME(T.Equal);
        },
      },
    ]);
    return identifier;
  });
}

function isArithmetic(operator: IToken): boolean {
  return [T.Plus, T.Minus, T.Star, T.Slash].some((type) => tokenMatcher(operator, type));
}
