/** Declared names to values: each declaration is read once for every set of arguments, and never by way of itself. */

import type { Argument, Expression, Parameter } from "../../../grammar/syntax.js";
import type { DeclaredSymbol } from "../bind/scope.js";
import { declareDataset } from "../check/dataset.js";
import { declareGroup } from "../check/group.js";
import { declareInit } from "../check/init.js";
import { declareModel } from "../check/model.js";
import { declarePart } from "../check/part.js";
import { declareRecipe } from "../check/recipe.js";
import { declareSource } from "../check/source.js";
import { at } from "../load.js";
import { withArticle } from "../suggest.js";
import { matchArguments } from "./arguments.js";
import type { Context } from "./context.js";
import { type Environment, local, withLocal } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { mentions } from "./mentions.js";
import { nameOf } from "./numbers.js";
import { expected, report } from "./report.js";
import { describe, UNKNOWN, type Value } from "./values.js";
import { writtenValue } from "./written.js";

/** Names of the cell that a declaration may read without a parameter: what it means then differs by cell. */
const AMBIENT = ["model", "target"] as const;

/** The value of a declared name, called with arguments where it takes parameters. */
export function instantiate(
  context: Context,
  symbol: DeclaredSymbol,
  args: readonly Argument[] | undefined,
  environment: Environment,
  expression: Expression,
): Value {
  const { parameters } = symbol.declaration;
  if (args === undefined) {
    return parameters.length > 0
      ? { kind: "function", symbol }
      : declared(context, symbol, [], environment, expression);
  }
  const callee = {
    id: symbol.name,
    parameters: Object.fromEntries(parameters.map((each) => [each.name.text, { description: parameterDoc(each) }])),
    required: parameters.map((each) => each.name.text),
    positional: positional(parameters),
  };
  const matched = matchArguments(context, environment, callee, args, expression.span);
  if (matched === undefined) {
    return UNKNOWN;
  }
  const values: Value[] = [];
  for (const parameter of parameters) {
    const argument = matched.get(parameter.name.text);
    if (argument === undefined) {
      return UNKNOWN;
    }
    const value = argumentOf(context, parameter, argument.value, environment);
    if (value === undefined) {
      return UNKNOWN;
    }
    values.push(value);
  }
  return declared(context, symbol, values, environment, expression);
}

function parameterDoc({ type }: Parameter): string {
  return type.kind !== "name"
    ? "one of a list"
    : type.text === "count"
      ? "a whole number from 0"
      : withArticle(type.text);
}

/** Two parameters of one type must be named; the first of each type need not. */
function positional(parameters: readonly Parameter[]): readonly string[] {
  const types = parameters.map((each) => (each.type.kind === "name" ? each.type.text : each.type.kind));
  return parameters
    .filter((_, index) => types.indexOf(types[index] ?? "") === types.lastIndexOf(types[index] ?? ""))
    .map((each) => each.name.text);
}

const PARAMETER_TYPES = [
  "count",
  "number",
  "fraction",
  "duration",
  "dataset",
  "model",
  "source",
  "init",
  "recipe",
] as const;

export function parameterTypes(): readonly string[] {
  return PARAMETER_TYPES;
}

function argumentOf(
  context: Context,
  parameter: Parameter,
  expression: Expression,
  environment: Environment,
): Value | undefined {
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return value;
  }
  const type = parameter.type.kind === "name" ? parameter.type.text : "choice";
  const fits = (sound: boolean, what: string): Value | undefined => {
    if (!sound) {
      expected(context, environment, expression, value, what);
    }
    return sound ? value : undefined;
  };
  switch (type) {
    case "count":
      if (value.kind === "number" && (value.unit !== undefined || !Number.isInteger(value.value) || value.value < 0)) {
        report(context, environment, expression.span, "bad-argument", {
          name: parameter.name.text,
          wanted: "a whole number from 0",
          got: describe(value) === "a number" ? String(value.value) : describe(value),
        });
        return undefined;
      }
      return fits(value.kind === "number", "a whole number from 0");
    case "number":
    case "fraction":
    case "duration":
      return fits(value.kind === "number", `a ${type}`);
    case "source":
      return fits(value.kind === "source" || value.kind === "state", "a source");
    case "dataset":
    case "model":
    case "init":
    case "recipe":
      return fits(value.kind === type, withArticle(type));
    default:
      return value;
  }
}

/** A declaration by itself, its parameters standing for any value of their type. */
export function readDeclaration(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const name: Expression = { kind: "name", text: symbol.name, span: symbol.declaration.name.span };
  const values = symbol.declaration.parameters.map((): Value => UNKNOWN);
  return declared(context, symbol, values, environment, name);
}

function declared(
  context: Context,
  symbol: DeclaredSymbol,
  values: readonly Value[],
  environment: Environment,
  expression: Expression,
): Value {
  if (symbol.kind === "experiment") {
    return { kind: "experiment", symbol };
  }
  const ambient = AMBIENT.filter(
    (name) => mentions(symbol.declaration, name) && local(environment, name) !== undefined,
  );
  const key = [...values, ...ambient.map((name) => local(environment, name) ?? UNKNOWN)].map(identity).join("\u0000");
  let cache = context.declared.get(symbol);
  if (cache === undefined) {
    cache = new Map();
    context.declared.set(symbol, cache);
  }
  const known = cache.get(key);
  if (known === "open") {
    const related = [{ location: at(symbol.file, symbol.declaration.name.span), message: "declared here" }];
    return report(context, environment, expression.span, "declared-by-itself", { name: symbol.name }, { related });
  }
  if (known !== undefined) {
    return known;
  }
  cache.set(key, "open");
  const scope = context.scopes.get(symbol.file);
  let inner: Environment = { scope: scope ?? environment.scope, locals: undefined };
  for (const name of ambient) {
    inner = withLocal(inner, name, local(environment, name) ?? UNKNOWN);
  }
  symbol.declaration.parameters.forEach((parameter, index) => {
    inner = withLocal(inner, parameter.name.text, values[index] ?? UNKNOWN);
  });
  const value = read(context, symbol, inner, values);
  cache.set(key, value);
  return value;
}

const identities = new WeakMap<object, number>();
let next = 0;
/** Equal for values that mean the same: by value for numbers and words, by object for declared things. */
export function identity(value: Value): string {
  switch (value.kind) {
    case "number":
      return `${value.value} ${value.unit ?? ""}`;
    case "word":
      return `word ${value.text}`;
    case "dataset":
      return `dataset ${objectIdentity(value.dataset)}`;
    case "model":
      return `model ${objectIdentity(value.model)}`;
    case "string":
    case "boolean":
      return `${value.kind} ${value.value}`;
    case "metric":
    case "layer":
      return `${value.kind} ${nameOf(value) ?? ""}`;
    case "unknown":
      return "unknown";
    default:
      return `${value.kind} ${objectIdentity(value)}`;
  }
}
function objectIdentity(object: object): number {
  let id = identities.get(object);
  if (id === undefined) {
    id = next++;
    identities.set(object, id);
  }
  return id;
}

function read(context: Context, symbol: DeclaredSymbol, inner: Environment, values: readonly Value[]): Value {
  switch (symbol.kind) {
    case "param": {
      const written = writtenValue(context, symbol, inner);
      return written === undefined ? UNKNOWN : evaluate(context, written.expression, written.environment);
    }
    case "dataset":
      return declareDataset(context, symbol, inner);
    case "model":
      return declareModel(context, symbol, inner);
    case "source":
      return declareSource(context, symbol, inner);
    case "part":
      return declarePart(context, symbol, inner);
    case "init":
      return declareInit(context, symbol, inner, values);
    case "recipe":
      return declareRecipe(context, symbol, inner);
    case "group":
      return declareGroup(context, symbol, inner);
    case "derive":
      return { kind: "other", what: "a derived column" };
    case "table":
    case "figure":
    case "profile":
      return { kind: "other", what: `a ${symbol.kind}` };
    case "experiment":
      return { kind: "experiment", symbol };
    default:
      return symbol.kind satisfies never;
  }
}
