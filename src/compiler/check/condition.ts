/** `class in [a, b]`, `age >= 40 and not sex == F`: conditions on cases. */

import type { Binary, Expression } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { nameOf } from "../evaluate/numbers.js";
import { report } from "../evaluate/report.js";
import { describe, type Value } from "../evaluate/values.js";
import type { CaseCondition } from "../study.js";
import { classPart, isClassPart } from "./class-parts.js";

/** `undefined` where it was reported, or holds something that is not known yet. */
export function caseCondition(
  context: Context,
  expression: Expression,
  environment: Environment,
): CaseCondition | undefined {
  if (expression.kind === "tuple" && expression.items.length === 1 && expression.items[0] !== undefined) {
    return caseCondition(context, expression.items[0].value, environment);
  }
  if (expression.kind === "unary" && expression.operator === "not") {
    const condition = caseCondition(context, expression.operand, environment);
    return condition && { kind: "not", condition };
  }
  if (expression.kind === "binary" && (expression.operator === "and" || expression.operator === "or")) {
    const left = caseCondition(context, expression.left, environment);
    const right = caseCondition(context, expression.right, environment);
    return left && right && { kind: expression.operator, left, right };
  }
  if (expression.kind === "binary" && expression.left.kind === "name") {
    return comparison(context, expression, expression.left.text, environment);
  }
  if (expression.kind !== "missing") {
    const what = sourceText(environment, expression.span);
    report(context, environment, expression.span, "case-condition", { what: `\`${what}\` asks none` });
  }
  return undefined;
}

function comparison(
  context: Context,
  { operator, right, span }: Binary,
  column: string,
  environment: Environment,
): CaseCondition | undefined {
  switch (operator) {
    case "==":
    case "!=":
    case "in": {
      const values = valuesOf(context, column, right, environment, operator === "in");
      if (values === undefined) {
        return undefined;
      }
      return operator === "!=" ? { kind: "not", condition: values } : values;
    }
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const value = evaluate(context, right, environment);
      if (value.kind === "number") {
        return { kind: "compare", column, operator, value: value.value };
      }
      return wrongValue(context, column, value, right, environment);
    }
    default:
      report(context, environment, span, "case-condition", { what: `\`${operator}\` compares nothing` });
      return undefined;
  }
}

function valuesOf(
  context: Context,
  column: string,
  expression: Expression,
  environment: Environment,
  several: boolean,
): CaseCondition | undefined {
  if (isClassPart(expression)) {
    return classPart(context, column, expression, environment);
  }
  if (several && expression.kind !== "list") {
    const value = evaluate(context, expression, environment);
    if (value.kind === "range" && value.by === undefined) {
      const at = (operator: "<=" | ">=", bound: number): CaseCondition => ({
        kind: "compare",
        column,
        operator,
        value: bound,
      });
      return { kind: "and", left: at(">=", value.from), right: at("<=", value.to) };
    }
    if (value.kind === "list") {
      return among(
        column,
        value.items.map((item) => scalarOf(item.value)),
      );
    }
    return wrongValue(context, column, value, expression, environment);
  }
  const items = expression.kind === "list" ? expression.items.map((item) => item.value) : [expression];
  const values: (string | number)[] = [];
  for (const item of items) {
    // a name is the class or value of that name, whatever else is called so
    const word = item.kind === "name" && local(environment, item.text) === undefined ? item.text : undefined;
    const value = word === undefined ? evaluate(context, item, environment) : undefined;
    const scalar = word ?? (value && scalarOf(value));
    if (scalar === undefined) {
      return value && wrongValue(context, column, value, item, environment);
    }
    values.push(scalar);
  }
  return among(column, values);
}

/** Sorted and once each, so that what means the same is the same; classes have names, even where these are numbers. */
function among(column: string, values: readonly (string | number | undefined)[]): CaseCondition | undefined {
  const written = values.flatMap((value) => (value === undefined ? [] : [column === "class" ? String(value) : value]));
  const distinct = [...new Map(written.map((value) => [String(value), value]))].sort(([a], [b]) => (a < b ? -1 : 1));
  return written.length < values.length
    ? undefined
    : { kind: "in", column, values: distinct.map(([, value]) => value) };
}

function scalarOf(value: Value): string | number | undefined {
  return value.kind === "number" ? value.value : nameOf(value);
}

function wrongValue(
  context: Context,
  column: string,
  value: Value,
  expression: Expression,
  environment: Environment,
): undefined {
  if (value.kind !== "unknown") {
    report(context, environment, expression.span, "case-value", { column, got: describe(value) });
  }
  return undefined;
}
