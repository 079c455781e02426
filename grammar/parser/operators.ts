/**
 * Flat operands and operators to a tree. From loosest: `or`, `and`, `not`, comparison, `..` (with `by`), `+ -`, `* /`.
 * Comparisons and ranges do not chain.
 */

import type { IToken } from "chevrotain";
import { spanOf } from "../spelling.js";
import type { BinaryOperator, Expression } from "../syntax.js";
import * as T from "../tokens.js";
import type { Report } from "./literals.js";

export interface Operand {
  /** `not` before it, outermost first. */
  readonly nots: readonly IToken[];
  readonly value: Expression;
  readonly levels: number;
}

export interface Tree {
  readonly node: Expression;
  /** Levels of the tree, counted from 0 for a single name or number. */
  readonly levels: number;
}

const OR = 1;
const AND = 2;
const NOT = 3;
const COMPARISON = 4;
const RANGE = 5;
const SUM = 6;
const PRODUCT = 7;

function precedence(operator: IToken): number {
  switch (operator.tokenType) {
    case T.Or:
      return OR;
    case T.And:
      return AND;
    case T.DotDot:
    case T.By:
      return RANGE;
    case T.Plus:
    case T.Minus:
      return SUM;
    case T.Star:
    case T.Slash:
      return PRODUCT;
    default:
      return COMPARISON;
  }
}

const CANONICAL: ReadonlyMap<unknown, BinaryOperator> = new Map<unknown, BinaryOperator>([
  [T.Or, "or"],
  [T.And, "and"],
  [T.In, "in"],
  [T.EqualEqual, "=="],
  [T.NotEqual, "!="],
  [T.Less, "<"],
  [T.LessEqual, "<="],
  [T.Greater, ">"],
  [T.GreaterEqual, ">="],
  [T.Plus, "+"],
  [T.Minus, "-"],
  [T.Star, "*"],
  [T.Slash, "/"],
]);

/** `operators` stand between the `operands`, one fewer. */
export function treeOf(operands: readonly Operand[], operators: readonly IToken[], report: Report): Tree {
  return new Climber(operands, operators, report).climb(0);
}

class Climber {
  #next = 0;

  constructor(
    private readonly operands: readonly Operand[],
    private readonly operators: readonly IToken[],
    private readonly report: Report,
  ) {}

  /** Everything from here on that binds tighter than `loosest`. */
  climb(loosest: number): Tree {
    const nots = this.operands[this.#next]?.nots ?? [];
    if (nots.length === 0) return this.#chain(this.#operand(), loosest);
    let tree = this.#chain(this.#operand(), NOT);
    for (const not of nots.toReversed()) {
      const span = { start: not.startOffset, end: tree.node.span.end };
      tree = { node: { kind: "unary", operator: "not", operand: tree.node, span }, levels: tree.levels + 1 };
    }
    return this.#chain(tree, loosest);
  }

  /** `left` and every operator after it that binds tighter than `loosest`. */
  #chain(first: Tree, loosest: number): Tree {
    let left = first;
    for (let operator = this.#operator(); operator !== undefined; operator = this.#operator()) {
      const strength = precedence(operator);
      if (strength <= loosest) break;
      left = operator.tokenType === T.DotDot ? this.#range(left) : this.#binary(left, operator, strength);
    }
    return left;
  }

  /** The operator before the next operand. */
  #operator(): IToken | undefined {
    return this.operators[this.#next - 1];
  }

  #operand(): Tree {
    const operand = this.operands[this.#next];
    if (operand === undefined) throw new RangeError("more operators than operands");
    this.#next += 1;
    return { node: operand.value, levels: operand.levels };
  }

  #binary(left: Tree, operator: IToken, strength: number): Tree {
    const text = CANONICAL.get(operator.tokenType) ?? "==";
    const right = this.climb(strength);
    const span = { start: left.node.span.start, end: right.node.span.end };
    if (strength === COMPARISON) this.#alone(COMPARISON, text);
    const node = { kind: "binary", operator: text, left: left.node, right: right.node, span } as const;
    return { node, levels: Math.max(left.levels, right.levels) + 1 };
  }

  #range(left: Tree): Tree {
    const to = this.climb(RANGE);
    let by: Tree | undefined;
    if (this.#operator()?.tokenType === T.By) by = this.climb(RANGE);
    this.#alone(RANGE, "..");
    const span = { start: left.node.span.start, end: (by ?? to).node.span.end };
    const ends = { kind: "range", from: left.node, to: to.node, span } as const;
    const levels = Math.max(left.levels, to.levels, by?.levels ?? 0) + 1;
    return { node: by === undefined ? ends : { ...ends, by: by.node }, levels };
  }

  /** Reports a second comparison or range in a row. */
  #alone(strength: number, text: string): void {
    const operator = this.#operator();
    if (operator === undefined || precedence(operator) !== strength) return;
    if (strength === RANGE) this.report("chained-range", spanOf(operator), {});
    else this.report("chained-comparison", spanOf(operator), { operator: text });
  }
}
