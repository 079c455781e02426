/** `val`, `target.test`, `siteB.all`: what is trained, selected or measured on. */

import type { Expression, Member } from "../../../grammar/syntax.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { isSplit, SPLITS } from "../evaluate/members.js";
import { expected, report } from "../evaluate/report.js";
import { digestOf } from "../plan/key.js";
import type { DatasetSpec, EvaluationSplit, SplitName } from "../study.js";

export interface MeasuredOn {
  readonly split: EvaluationSplit;
  /** Another data set than the target. */
  readonly dataset?: DatasetSpec;
  /** What results call it: `test`, `siteB.all`. */
  readonly label: string;
}

/** `undefined` where it was reported or is not known yet. */
export function measuredOn(context: Context, expression: Expression, environment: Environment): MeasuredOn | undefined {
  if (expression.kind === "name" && isEvaluated(expression.text)) {
    return { split: expression.text, label: expression.text };
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "word" && isEvaluated(value.text)) {
    return { split: value.text, label: value.text };
  }
  const member = value.kind === "unknown" && ofTarget(expression) ? expression.name.text : "";
  if (isEvaluated(member)) {
    return { split: member, label: member }; // in a derive, of each cell's target
  }
  if (value.kind !== "split") {
    expected(context, environment, expression, value, "a split", [...SPLITS, "all"]);
    return undefined;
  }
  const { split, dataset } = value;
  const target = local(environment, "target");
  const own = target?.kind === "dataset" && sameDataset(target.dataset, dataset);
  const label = ofTarget(expression) ? split : `${dataset.name}.${split}`;
  return own ? { split, label } : { split, dataset, label };
}

function isEvaluated(text: string): text is EvaluationSplit {
  return isSplit(text) || text === "all";
}

/** Whether it is written by way of the slot: `target.test`. */
function ofTarget(expression: Expression): expression is Member {
  return expression.kind === "member" && expression.object.kind === "name" && expression.object.text === "target";
}

/** The same cases under whatever name. */
function sameDataset(first: DatasetSpec, second: DatasetSpec): boolean {
  return first === second || meaningOf(first) === meaningOf(second);
}

function meaningOf({ adapter, path, declaredIn, split, views = [] }: DatasetSpec): string {
  return digestOf({ adapter, path, declaredIn, split, views });
}

/** One split of the target, of what `what` names. */
export function splitOf(
  context: Context,
  what: string,
  expression: Expression,
  environment: Environment,
): SplitName | undefined {
  const value = measuredOn(context, expression, environment);
  if (value === undefined) {
    return undefined;
  }
  if (value.dataset !== undefined || value.split === "all") {
    const got = `\`${sourceText(environment, expression.span)}\``;
    report(context, environment, expression.span, "split-not-here", { what, got });
    return undefined;
  }
  return value.split;
}
