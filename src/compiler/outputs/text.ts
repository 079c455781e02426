/** Expressions as a person would write them: labels of channels and cells, and what messages quote. */

import type { Argument, Block, Expression, NumberLiteral } from "../../../grammar/syntax.js";

function numberText(literal: NumberLiteral): string {
  const unit = literal.unit?.text ?? "";
  return unit === "" ? String(literal.value) : `${literal.value}${unit === "%" ? "" : " "}${unit}`;
}

function argumentText(argument: Argument): string {
  const value = expressionText(argument.value);
  return argument.name === undefined ? value : `${argument.name.text}: ${value}`;
}

function argumentsText(args: readonly Argument[]): string {
  return args.map(argumentText).join(", ");
}

function isBlock(change: Block | Expression): change is Block {
  return "statements" in change;
}

export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return numberText(expression);
    case "string":
      return JSON.stringify(expression.value);
    case "name":
      return expression.text;
    case "list":
      return `[${argumentsText(expression.items)}]${expression.unit === undefined ? "" : ` ${expression.unit.text}`}`;
    case "tuple":
      return `(${argumentsText(expression.items)})`;
    case "member":
      return `${expressionText(expression.object)}.${expression.name.text}`;
    case "call":
      return `${expressionText(expression.callee)}(${argumentsText(expression.args)})`;
    case "index":
      return `${expressionText(expression.object)}[${argumentsText(expression.args)}]`;
    case "unary":
      return `${expression.operator === "not" ? "not " : "-"}${expressionText(expression.operand)}`;
    case "binary":
      return `${expressionText(expression.left)} ${expression.operator} ${expressionText(expression.right)}`;
    case "range":
      return `${expressionText(expression.from)}..${expressionText(expression.to)}`;
    case "then":
      return `${expressionText(expression.first)} then ${expressionText(expression.second)}`;
    case "with":
      return `${expressionText(expression.base)} with ${isBlock(expression.change) ? "{ … }" : expressionText(expression.change)}`;
    case "restrict":
      return `${expressionText(expression.base)} where ${expressionText(expression.condition)}`;
    case "except":
      return `${expressionText(expression.base)} except ${expressionText(expression.excluded)}`;
    case "missing":
      return "…";
    default:
      return expression satisfies never;
  }
}
