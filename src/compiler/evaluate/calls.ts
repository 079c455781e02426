/** `name(…)`: a declaration with parameters, or what the catalogue calls so. */

import type { Call } from "../../../grammar/syntax.js";
import { entry } from "../../catalog/index.js";
import { takeDataset } from "../check/algebra.js";
import { SPLIT_CLASSES } from "../check/class-parts.js";
import { FEATURES, featuresCall } from "../check/features.js";
import { initFromCall } from "../check/init.js";
import { modelFromCatalog } from "../check/model.js";
import { PREDICTIONS, predictionsCall } from "../check/predictions.js";
import { checkpoint, sourceCall } from "../check/source.js";
import { stateCall } from "../check/state-call.js";
import type { Context } from "./context.js";
import { instantiate } from "./declarations.js";
import { binding, type Environment, local, sourceText } from "./environment.js";
import { evaluate } from "./evaluator.js";
import { logRange } from "./log.js";
import { report, suggestion } from "./report.js";
import { describe, UNKNOWN, type Value } from "./values.js";

export function call(context: Context, expression: Call, environment: Environment): Value {
  const { callee } = expression;
  if (callee.kind === "member" && callee.name.text === "at") {
    return checkpoint(context, expression, callee, environment);
  }
  if (callee.kind === "name" && local(environment, callee.text) === undefined) {
    const bound = binding(environment, callee.text);
    if (bound === undefined) {
      return catalogCall(context, callee.text, expression, environment);
    }
    if (bound.kind !== "namespace" && bound.declaration.parameters.length > 0) {
      return instantiate(context, bound, expression.args, environment, expression);
    }
  }
  const value = evaluate(context, callee, environment);
  if (value.kind === "function") {
    return instantiate(context, value.symbol, expression.args, environment, expression);
  }
  if (value.kind === "unknown") {
    return UNKNOWN;
  }
  const name = sourceText(environment, callee.span);
  return report(context, environment, callee.span, "not-callable", { name, got: describe(value) });
}

function catalogCall(context: Context, name: string, expression: Call, environment: Environment): Value {
  const value =
    initFromCall(context, name, expression, environment) ?? modelFromCatalog(context, name, expression, environment);
  if (value !== undefined) {
    return value;
  }
  if (name === "log") {
    return logRange(context, expression, environment);
  }
  if (name === "take") {
    return takeDataset(context, expression, environment);
  }
  if (name === "weights" || name === "pretrain") {
    return sourceCall(context, name, expression, environment);
  }
  if (name === PREDICTIONS.id) {
    return predictionsCall(context, expression, environment);
  }
  if (name === FEATURES.id) {
    return featuresCall(context, expression, environment);
  }
  if (name === SPLIT_CLASSES.id) {
    return report(context, environment, expression.span, "class-parts", { problem: "that stands after `class in`" });
  }
  const made = entry("state", name);
  if (made !== undefined) {
    return stateCall(context, made, expression, environment);
  }
  if (context.catalog.entry("probe", name) !== undefined) {
    return report(
      context,
      environment,
      expression.span,
      "not-here",
      {
        what: `the measurement \`${name}(…)\``,
        wanted: "a value",
      },
      { hint: "measurements stand after `measure name =` and in `derive`." },
    );
  }
  if (context.catalog.entry("dataset", name) !== undefined) {
    const hint = `a data set's files are named by \`from\`: \`dataset name from ${name}("./folder")\`.`;
    return report(context, environment, expression.callee.span, "unknown-callee", { kind: "function", name }, { hint });
  }
  return unknownCallee(context, name, expression, environment);
}

function unknownCallee(context: Context, name: string, expression: Call, environment: Environment): Value {
  const declared = [...environment.scope.names.values()].flatMap((each) =>
    each.kind !== "namespace" && each.declaration.parameters.length > 0 ? [each.name] : [],
  );
  return report(
    context,
    environment,
    expression.callee.span,
    "unknown-callee",
    { kind: "function", name },
    suggestion(environment, expression.callee.span, name, [
      ...declared,
      "transfer",
      "stats",
      "random",
      "weights",
      "pretrain",
      PREDICTIONS.id,
      FEATURES.id,
      ...context.catalog.names("state"),
    ]),
  );
}
