/** A metric: one of the catalogue's, or `target.metric`. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected } from "../evaluate/report.js";

/** The metric's id. `undefined` where it is not known yet, or was reported. */
export function metricOf(context: Context, expression: Expression, environment: Environment): string | undefined {
  const { catalog } = context;
  if (expression.kind === "name" && local(environment, expression.text) === undefined) {
    const found = catalog.entry("metric", expression.text);
    if (found !== undefined) {
      return found.id;
    }
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "metric") {
    return value.id;
  }
  if (value.kind === "word" && catalog.entry("metric", value.text) !== undefined) {
    return catalog.entry("metric", value.text)?.id;
  }
  expected(context, environment, expression, value, "a metric", [...catalog.names("metric"), "target.metric"]);
  return undefined;
}
