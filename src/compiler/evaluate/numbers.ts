/** Arithmetic and comparison of values, with their units. */

import type { Binary, BinaryOperator, Expression, Span } from "../../../grammar/syntax.js";
import { ordered } from "../ordering.js";
import { calculate } from "../outputs/arithmetic.js";
import type { Context } from "./context.js";
import { axisAt, type Environment, local } from "./environment.js";
import { expected, report } from "./report.js";
import { describe, type NumberValue, UNKNOWN, type Value } from "./values.js";

export function negate(context: Context, operand: Value, expression: Expression, environment: Environment): Value {
  if (operand.kind === "number") {
    return { ...operand, value: -operand.value };
  }
  return operand.kind === "unknown"
    ? UNKNOWN
    : report(context, environment, expression.span, "number-wanted", { operator: "-", got: describe(operand) });
}

export function arithmetic(
  context: Context,
  operator: "+" | "-" | "*" | "/",
  left: Value,
  right: Value,
  expression: Binary,
  environment: Environment,
): Value {
  if (left.kind !== "number" || right.kind !== "number") {
    const [wrong, value] = left.kind === "number" ? [expression.right, right] : [expression.left, left];
    return left.kind === "unknown" || right.kind === "unknown"
      ? UNKNOWN
      : value.kind === "word"
        ? expected(context, environment, wrong, value, "a number")
        : report(context, environment, wrong.span, "number-wanted", { operator, got: describe(value) });
  }
  if (operator === "/" && right.value === 0) {
    return report(context, environment, expression.right.span, "divided-by-zero", {});
  }
  const unit = combinedUnit(operator, left, right);
  if (unit === "mixed") {
    return report(context, environment, expression.span, "mixed-units", {
      operator,
      left: unitOf(left),
      right: unitOf(right),
    });
  }
  return { kind: "number", value: calculate(operator, left.value, right.value), unit };
}

export function unitOf(value: NumberValue): string {
  return value.unit === undefined ? "a plain number" : value.unit === "%" ? "a percentage" : value.unit;
}

/** Sums take like units (or a bare number beside none); a product takes one unit, a quotient of like units none. */
function combinedUnit(
  operator: "+" | "-" | "*" | "/",
  left: NumberValue,
  right: NumberValue,
): string | undefined | "mixed" {
  const scalar = (value: NumberValue): boolean => value.unit === undefined || value.unit === "%";
  if (operator === "*") {
    return scalar(right) ? left.unit : scalar(left) ? right.unit : "mixed";
  }
  if (operator === "/") {
    return left.unit === right.unit ? undefined : scalar(right) ? left.unit : "mixed";
  }
  return left.unit === right.unit ? left.unit : "mixed";
}

type Comparison = Exclude<BinaryOperator, "+" | "-" | "*" | "/" | "and" | "or">;

export function compare(
  context: Context,
  operator: Comparison,
  left: Value,
  right: Value,
  expression: Binary,
  environment: Environment,
): Value {
  if (left.kind === "unknown" || right.kind === "unknown") {
    return UNKNOWN;
  }
  const truth = (value: boolean): Value => ({ kind: "boolean", value });
  const labelled = byLabel(context, operator, left, right, expression, environment);
  if (labelled !== undefined) {
    return labelled;
  }
  switch (operator) {
    case "==":
    case "!=":
      if (bareWord(left, expression.left, environment) || bareWord(right, expression.right, environment)) {
        return cannot(context, operator, left, right, expression.span, environment);
      }
      if (!comparable(left, right)) {
        return cannot(context, operator, left, right, expression.span, environment);
      }
      return truth(sameValue(left, right) === (operator === "=="));
    case "in":
      if (right.kind === "list") {
        return truth(right.items.some((item) => sameValue(left, item.value)));
      }
      if (right.kind === "range" && left.kind === "number") {
        return truth(left.value >= right.from && left.value <= right.to);
      }
      return cannot(context, operator, left, right, expression.span, environment);
    case "<":
    case "<=":
    case ">":
    case ">=":
      if (left.kind !== "number" || right.kind !== "number" || (left.unit !== right.unit && left.unit && right.unit)) {
        return cannot(context, operator, left, right, expression.span, environment);
      }
      return truth(ordered(operator, left.value, right.value));
    default:
      return operator satisfies never;
  }
}

/** `init != WT` where WT is the label of a point: an undeclared word beside an axis must be one of its labels. */
function byLabel(
  context: Context,
  operator: Comparison,
  left: Value,
  right: Value,
  expression: Binary,
  environment: Environment,
): Value | undefined {
  const sides = [
    { expression: expression.left, value: left },
    { expression: expression.right, value: right },
  ] as const;
  for (const [side, other] of [sides, [sides[1], sides[0]] as const]) {
    const axis = side.expression.kind === "name" ? axisAt(environment, side.expression.text) : undefined;
    if (axis === undefined || (operator !== "==" && operator !== "!=" && operator !== "in")) {
      continue;
    }
    const words = other.value.kind === "list" ? other.value.items : [other];
    const bare = words.filter((each) => each.value.kind === "word" && each.expression.kind === "name");
    if (bare.length === 0 || (operator === "in" && side !== sides[0])) {
      continue;
    }
    const unknown = bare.find(
      (each) => nameOf(each.value) !== undefined && !axis.labels.includes(nameOf(each.value) ?? ""),
    );
    if (unknown !== undefined && !isAxis(environment, unknown.expression)) {
      return expected(context, environment, unknown.expression, unknown.value, "a point of this axis", axis.labels);
    }
    const same = words.some((each) => nameOf(each.value) === axis.label || sameValue(side.value, each.value));
    return { kind: "boolean", value: same !== (operator === "!=") };
  }
  return undefined;
}

function isAxis(environment: Environment, expression: Expression): boolean {
  return expression.kind === "name" && axisAt(environment, expression.text) !== undefined;
}

function cannot(
  context: Context,
  operator: string,
  left: Value,
  right: Value,
  span: Span,
  environment: Environment,
): Value {
  for (const value of [left, right]) {
    if (value.kind === "word") {
      return expected(context, environment, { kind: "name", text: value.text, span: value.span }, value, "a value");
    }
  }
  return report(context, environment, span, "cannot-compare", {
    operator,
    left: describe(left),
    right: describe(right),
  });
}

/** A name nothing declares, written right here. */
function bareWord(value: Value, expression: Expression, environment: Environment): boolean {
  return value.kind === "word" && expression.kind === "name" && local(environment, expression.text) === undefined;
}

function comparable(left: Value, right: Value): boolean {
  return left.kind === right.kind || left.kind === "word" || right.kind === "word";
}

/** The same thing: numbers by value, declared things by declaration. */
function sameValue(left: Value, right: Value): boolean {
  if (left.kind === "word" || right.kind === "word") {
    return nameOf(left) !== undefined && nameOf(left) === nameOf(right);
  }
  if (left.kind !== right.kind) {
    return false;
  }
  if (left.kind === "number" && right.kind === "number") {
    return left.value === right.value && (left.unit === right.unit || !left.unit || !right.unit);
  }
  if ((left.kind === "string" && right.kind === "string") || (left.kind === "boolean" && right.kind === "boolean")) {
    return left.value === right.value;
  }
  return nameOf(left) !== undefined && nameOf(left) === nameOf(right);
}

/** What a person calls it. */
export function nameOf(value: Value): string | undefined {
  switch (value.kind) {
    case "word":
      return value.text;
    case "dataset":
      return value.dataset.name;
    case "model":
      return value.model.name;
    case "source":
    case "init":
      return value.name;
    case "recipe":
      return value.stages.map((stage) => stage.name).join(" then ");
    case "layer":
      return value.name;
    case "metric":
      return value.id;
    case "state":
      return value.text;
    case "split":
      return `${value.dataset.name}.${value.split}`;
    case "number":
      return String(value.value);
    case "string":
      return value.value;
    case "boolean":
      return value.value ? "yes" : "no";
    default:
      return undefined;
  }
}
