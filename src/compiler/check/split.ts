/** `val`, `target.test`: a split of the target. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { isSplit, SPLITS } from "../evaluate/members.js";
import { expected } from "../evaluate/report.js";
import type { SplitName } from "../study.js";
import { later } from "./later.js";

/** `undefined` where it was reported or is not known yet. */
export function splitOf(context: Context, expression: Expression, environment: Environment): SplitName | undefined {
  if (expression.kind === "name" && isSplit(expression.text)) {
    return expression.text;
  }
  if (expression.kind === "name" && expression.text === "all") {
    later(context, environment, expression.span, "split-all");
    return undefined;
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "word" && isSplit(value.text)) {
    return value.text;
  }
  if (value.kind !== "split") {
    expected(context, environment, expression, value, "a split", SPLITS);
    return undefined;
  }
  const target = local(environment, "target");
  if (target?.kind === "dataset" && target.dataset !== value.dataset) {
    later(context, environment, expression.span, "other-dataset");
    return undefined;
  }
  return value.split;
}
