/** `model m = resnet(blocks: [1, 1], widths: [16, 32])`: a catalogue family with its parameters. */

import type { Expression } from "../../../grammar/syntax.js";
import { entry, fillDefaults, validate } from "../../catalog/index.js";
import type { Choice, Json, ModelEntry } from "../../catalog/types.js";
import { type DeclaredSymbol, hasBrokenImport } from "../bind/scope.js";
import { choose, convertArguments, matchArguments, spanOf } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report, suggestion } from "../evaluate/report.js";
import { UNKNOWN, type Value } from "../evaluate/values.js";
import { writtenValue } from "../evaluate/written.js";
import type { ModelChoice } from "../study.js";

export function declareModel(context: Context, symbol: DeclaredSymbol, environment: Environment): Value {
  const { body } = symbol.declaration;
  const written = writtenValue(context, symbol, environment);
  if (written === undefined) {
    return body === undefined
      ? UNKNOWN
      : report(context, environment, symbol.declaration.name.span, "model-without-family", { name: symbol.name });
  }
  const found = modelExpression(context, written.expression, written.environment);
  if (found.kind !== "model") {
    return found;
  }
  const model: ModelChoice = {
    name: symbol.name,
    family: found.model.family,
    ...(found.model.base === undefined ? {} : { base: found.model.base }),
    location: locate(environment, symbol.declaration.name.span),
  };
  return { kind: "model", model };
}

function modelExpression(context: Context, expression: Expression, environment: Environment): Value {
  const head = expression.kind === "call" ? expression.callee : expression;
  const isCatalog = head.kind === "name" && context.catalog.entry("model", head.text) !== undefined;
  if (expression.kind === "call" && head.kind === "name" && isStranger(context, environment, head.text)) {
    const known = suggestion(environment, head.span, head.text, context.catalog.names("model"));
    return report(context, environment, head.span, "unknown-callee", { kind: "model family", name: head.text }, known);
  }
  const value = isCatalog
    ? modelFromCatalog(context, head.text, expression, environment)
    : evaluate(context, expression, environment);
  if (value === undefined || value.kind === "model" || value.kind === "unknown") {
    return value ?? UNKNOWN;
  }
  return expected(context, environment, expression, value, "a model family", context.catalog.names("model"));
}

function isStranger(context: Context, environment: Environment, name: string): boolean {
  const known = context.catalog.entry("model", name) !== undefined;
  return !known && !environment.scope.names.has(name);
}

/** `resnet18` or `vit(dim: 64, …)` where no declaration has that name; `undefined` for other names. */
export function modelFromCatalog(
  context: Context,
  name: string,
  expression: Expression,
  environment: Environment,
): Value | undefined {
  const found = context.catalog.entry("model", name);
  if (found === undefined) {
    return undefined;
  }
  const args = expression.kind === "call" ? expression.args : [];
  if (expression.kind === "name" && (found.required ?? []).length > 0 && hasBrokenImport(environment.scope.file)) {
    return UNKNOWN; // the file that could not be read may well declare it
  }
  const matched = matchArguments(context, environment, found, args, expression.span);
  const params = matched && convertArguments(context, environment, found, matched);
  if (matched === undefined || params === undefined) {
    return UNKNOWN;
  }
  const chosen = choose(
    context,
    environment,
    found,
    params,
    (each) => spanOf(matched, each, expression.span),
    expression.span,
  );
  if (chosen === undefined) {
    return UNKNOWN;
  }
  const model: ModelChoice = {
    name: sourceText(environment, expression.span),
    family: familyOf(found, chosen),
    location: locate(environment, expression.span),
  };
  const shape = context.models.shape(model);
  if ("problem" in shape && !shape.pending) {
    return report(context, environment, expression.span, "model-cannot-be-built", { problem: shape.problem });
  }
  return { kind: "model", model };
}

/** A preset *is* its family: the same parameters, the same keys. */
function familyOf(found: ModelEntry, chosen: Choice): Choice {
  const { preset } = found;
  const family = preset && entry("model", preset.of);
  if (preset === undefined || family === undefined) {
    return chosen;
  }
  const params: { readonly [name: string]: Json } = { ...preset.params, ...chosen.params };
  return validate(family, params).ok ? fillDefaults(family, params) : chosen;
}
