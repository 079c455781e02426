/** `with`: the same but for this. `then`: in sequence. */

import type { Then, With } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report } from "../evaluate/report.js";
import { combinedState } from "../evaluate/states.js";
import { type StateValue, UNKNOWN, type Value } from "../evaluate/values.js";
import { transformDataset } from "./algebra.js";
import { resolveRules, rulesOf, sourceAsState } from "./init.js";
import { changeModel } from "./model-changes/index.js";
import { hasTensors } from "./predictions.js";
import { changeRecipe } from "./recipe.js";

export function composeRecipes(context: Context, expression: Then, environment: Environment): Value {
  const first = evaluate(context, expression.first, environment);
  const second = evaluate(context, expression.second, environment);
  if (first.kind !== "recipe") {
    return expected(context, environment, expression.first, first, "a recipe");
  }
  if (second.kind !== "recipe") {
    return expected(context, environment, expression.second, second, "a recipe");
  }
  return { kind: "recipe", stages: [...first.stages, ...second.stages] };
}

export function composeWith(context: Context, expression: With, environment: Environment): Value {
  const base = evaluate(context, expression.base, environment);
  switch (base.kind) {
    case "unknown":
      return UNKNOWN;
    case "dataset":
      return transformDataset(context, base.dataset, expression, environment);
    case "model":
      return changeModel(context, base.model, expression, environment);
    case "recipe":
      return changeRecipe(context, base, expression, environment);
    case "state":
      return changeState(context, base, expression, environment);
    case "source":
      return changeState(context, sourceAsState(base), expression, environment);
    default:
      return expected(context, environment, expression.base, base, "a recipe, a model, a dataset or a state");
  }
}

function changeState(context: Context, base: StateValue, expression: With, environment: Environment): Value {
  if (!("statements" in expression.change)) {
    return report(context, environment, expression.change.span, "with-needs-block", {
      example: "S with { head <- initial }",
    });
  }
  if (!hasTensors(context, base, "`with`", expression.base.span, environment)) {
    return UNKNOWN;
  }
  const rules = rulesOf(context, expression.change.statements, environment, "state");
  if (rules === undefined) {
    return UNKNOWN;
  }
  const drawn = rules.flatMap(({ source }) => (source.kind === "state" ? [source.state] : []));
  return combinedState(sourceText(environment, expression.span), [base, ...drawn], (request) => {
    const state = base.make(request);
    const resolved = resolveRules(rules, request);
    return state && resolved && { kind: "compose", base: state, rules: resolved };
  });
}
