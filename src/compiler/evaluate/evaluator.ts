/** Expressions to values. What a word means that nothing declares is for the asker to say; everything else is checked here. */

import type {
  Binary,
  Expression,
  Index,
  ListExpression,
  Member,
  Range,
  TupleExpression,
} from "../../../grammar/syntax.js";
import { restrictDataset } from "../check/algebra.js";
import { composeRecipes, composeWith } from "../check/compose.js";
import { initFromName } from "../check/init.js";
import { modelFromCatalog } from "../check/model.js";
import { sourceMember } from "../check/source.js";
import { call } from "./calls.js";
import type { Context } from "./context.js";
import { instantiate } from "./declarations.js";
import { binding, type Environment, local } from "./environment.js";
import { members } from "./members.js";
import { arithmetic, compare, negate, unitOf } from "./numbers.js";
import { expected, report, suggestion } from "./report.js";
import { partIndex, partName } from "./selectors.js";
import { experimentMember, ownState, sliceState } from "./states.js";
import { type Item, type NumberValue, UNKNOWN, type Value } from "./values.js";
import { without } from "./without.js";

const MAX_DEPTH = 200;
let depth = 0;

export function evaluate(context: Context, expression: Expression, environment: Environment): Value {
  if (depth >= MAX_DEPTH) {
    return report(context, environment, expression.span, "too-deep", {});
  }
  depth++;
  try {
    return evaluateKind(context, expression, environment);
  } finally {
    depth--;
  }
}

function evaluateKind(context: Context, expression: Expression, environment: Environment): Value {
  switch (expression.kind) {
    case "number":
      return numberLiteral(expression.value, expression.unit?.text);
    case "string":
      return { kind: "string", value: expression.value };
    case "name":
      return resolveName(context, expression.text, expression, environment);
    case "list":
      return list(context, expression, environment);
    case "tuple":
      return tuple(context, expression, environment);
    case "member":
      return member(context, expression, environment);
    case "call":
      return call(context, expression, environment);
    case "index":
      return index(context, expression, environment);
    case "unary":
      return unary(context, expression, environment);
    case "binary":
      return binary(context, expression, environment);
    case "range":
      return range(context, expression, environment);
    case "then":
      return composeRecipes(context, expression, environment);
    case "with":
      return composeWith(context, expression, environment);
    case "restrict":
      return restrictDataset(context, expression, environment);
    case "except":
      return without(context, expression, environment);
    case "missing":
      return UNKNOWN;
    default:
      return expression satisfies never;
  }
}

function numberLiteral(value: number, unit: string | undefined): NumberValue {
  return { kind: "number", value: unit === "%" ? value / 100 : value, unit };
}

/** Locals, then the file's names, then the catalogue's words for inits, models and the cell's own states. */
function resolveName(context: Context, text: string, expression: Expression, environment: Environment): Value {
  const found = local(environment, text);
  if (found !== undefined) {
    return found;
  }
  const bound = binding(environment, text);
  if (bound !== undefined) {
    return bound.kind === "namespace"
      ? { kind: "namespace", symbol: bound }
      : instantiate(context, bound, undefined, environment, expression);
  }
  return (
    (text === "yes" || text === "no" ? { kind: "boolean", value: text === "yes" } : undefined) ??
    ownState(text) ??
    initFromName(context, text, expression, environment) ??
    modelFromCatalog(context, text, expression, environment) ??
    partName(text) ?? { kind: "word", text, span: expression.span, file: environment.scope.file }
  );
}

function list(context: Context, expression: ListExpression, environment: Environment): Value {
  const unit = expression.unit?.text;
  const items = expression.items.map((argument): Item => {
    const value = evaluate(context, argument.value, environment);
    const carried =
      unit !== undefined && value.kind === "number" && value.unit === undefined
        ? numberLiteral(value.value, unit)
        : value;
    return { label: argument.name?.text, value: carried, expression: argument.value };
  });
  return { kind: "list", items };
}

/** One thing in parentheses is itself. */
function tuple(context: Context, expression: TupleExpression, environment: Environment): Value {
  const [first, ...others] = expression.items;
  if (first !== undefined && others.length === 0 && first.name === undefined) {
    return evaluate(context, first.value, environment);
  }
  const items = expression.items.map(
    (argument): Item => ({
      label: argument.name?.text,
      value: evaluate(context, argument.value, environment),
      expression: argument.value,
    }),
  );
  return { kind: "tuple", items };
}

const FOREIGN_MODULES: ReadonlySet<string> = new Set(["timm", "torch", "torchvision", "nn", "sklearn", "keras", "tf"]);

function member(context: Context, expression: Member, environment: Environment): Value {
  const object = evaluate(context, expression.object, environment);
  const name = expression.name.text;
  switch (object.kind) {
    case "unknown":
      return UNKNOWN;
    case "namespace": {
      const symbol = object.symbol.members.get(name);
      return symbol === undefined
        ? report(
            context,
            environment,
            expression.name.span,
            "not-in-file",
            { file: object.symbol.file.path, name },
            suggestion(environment, expression.name.span, name, object.symbol.members.keys()),
          )
        : instantiate(context, symbol, undefined, environment, expression);
    }
    case "experiment":
      return experimentMember(context, object.symbol, expression, environment);
    case "source":
      return sourceMember(context, object, expression, environment);
    case "word":
      return FOREIGN_MODULES.has(object.text)
        ? report(
            context,
            environment,
            expression.object.span,
            "unknown-name",
            { name: object.text, wanted: "a name of the study" },
            {
              hint: "nothing is called of Python: a model goes by timm's name alone, `resnet18`, an optimizer by its own, `adam(lr: 1e-4)`.",
            },
          )
        : expected(context, environment, expression.object, object, "something with properties");
    default:
      return members(context, object, expression, environment);
  }
}

function index(context: Context, expression: Index, environment: Environment): Value {
  const part = partIndex(context, expression, environment);
  if (part !== undefined) {
    return part;
  }
  const object = evaluate(context, expression.object, environment);
  if (object.kind === "state") {
    return sliceState(context, object, expression, environment);
  }
  if (object.kind === "unknown") {
    return UNKNOWN;
  }
  return expected(context, environment, expression.object, object, "a state of an experiment, `units` or `layers`");
}

function unary(context: Context, expression: Extract<Expression, { kind: "unary" }>, environment: Environment): Value {
  const operand = evaluate(context, expression.operand, environment);
  if (expression.operator === "-") {
    return negate(context, operand, expression, environment);
  }
  return operand.kind === "boolean"
    ? { kind: "boolean", value: !operand.value }
    : expected(context, environment, expression.operand, operand, "a condition");
}

function binary(context: Context, expression: Binary, environment: Environment): Value {
  const { operator } = expression;
  if (operator === "and" || operator === "or") {
    const left = evaluate(context, expression.left, environment);
    const right = evaluate(context, expression.right, environment);
    if (left.kind !== "boolean") {
      return expected(context, environment, expression.left, left, "a condition");
    }
    if (right.kind !== "boolean") {
      return expected(context, environment, expression.right, right, "a condition");
    }
    return { kind: "boolean", value: operator === "and" ? left.value && right.value : left.value || right.value };
  }
  const left = evaluate(context, expression.left, environment);
  const right = evaluate(context, expression.right, environment);
  switch (operator) {
    case "+":
    case "-":
    case "*":
    case "/":
      return arithmetic(context, operator, left, right, expression, environment);
    default:
      return compare(context, operator, left, right, expression, environment);
  }
}

function range(context: Context, expression: Range, environment: Environment): Value {
  const end = (part: Expression): NumberValue | undefined => {
    const value = evaluate(context, part, environment);
    if (value.kind === "number") {
      return value;
    }
    expected(context, environment, part, value, "a number");
    return undefined;
  };
  const from = end(expression.from);
  const to = end(expression.to);
  const by = expression.by && end(expression.by);
  if (from === undefined || to === undefined || (expression.by !== undefined && by === undefined)) {
    return UNKNOWN;
  }
  const units = new Set([from.unit, to.unit].filter((unit) => unit !== undefined));
  if (units.size > 1) {
    return report(context, environment, expression.span, "mixed-units", {
      operator: "..",
      left: unitOf(from),
      right: unitOf(to),
    });
  }
  if (by !== undefined && !(by.value > 0)) {
    return report(context, environment, expression.by?.span ?? expression.span, "range-step", { got: by.value });
  }
  return { kind: "range", from: from.value, to: to.value, by: by?.value, unit: to.unit ?? from.unit };
}
