/** A metric: one of the catalogue's, or `target.metric`. */

import type { Expression } from "../../../grammar/syntax.js";
import { entry, names } from "../../catalog/index.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected } from "../evaluate/report.js";
import { laterWord } from "./later.js";

/** The metric's id. `undefined` where it is not known yet, or was reported. */
export function metricOf(context: Context, expression: Expression, environment: Environment): string | undefined {
  if (expression.kind === "name" && local(environment, expression.text) === undefined) {
    const found = entry("metric", expression.text);
    if (found !== undefined) {
      return found.id;
    }
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "metric") {
    return value.id;
  }
  if (value.kind === "word" && entry("metric", value.text) !== undefined) {
    return entry("metric", value.text)?.id;
  }
  if (value.kind === "word" && laterWord(context, environment, value.span, value.text, names("metric"))) {
    return undefined;
  }
  expected(context, environment, expression, value, "a metric", [...names("metric"), "target.metric"]);
  return undefined;
}
