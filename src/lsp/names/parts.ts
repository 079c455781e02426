/** The expressions directly inside of one, where each is read by itself. */

import type { Call, Expression, Index, Member, Name, With } from "../../../grammar/syntax.js";

/** What has a reading of its own is not asked for. */
export function partsOf(expression: Exclude<Expression, Name | Member | Call | Index | With>): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "missing":
      return [];
    case "list":
    case "tuple":
      return expression.items.map(({ value }) => value);
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "range":
      return [expression.from, expression.to, ...(expression.by === undefined ? [] : [expression.by])];
    case "then":
      return [expression.first, expression.second];
    case "restrict":
      return [expression.base, expression.condition];
    case "except":
      return [expression.base, expression.excluded];
    default:
      return expression satisfies never;
  }
}
