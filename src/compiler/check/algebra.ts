/** Data sets made of data sets: `D where class in [a, b]`, `D with grayscale()`, `take(D, 50%)`, `folds 5 by patient`. */

import type { Call, Restrict, Setting, With } from "../../../grammar/syntax.js";
import { columnsOf } from "../conditions.js";
import { choice, matchArguments } from "../evaluate/arguments.js";
import type { Context, Replacement } from "../evaluate/context.js";
import { type Environment, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { numberLabel } from "../evaluate/points.js";
import { expected, report } from "../evaluate/report.js";
import { describe, UNKNOWN, type Value } from "../evaluate/values.js";
import type { DatasetSpec, ViewSpec } from "../study.js";
import { listed } from "../suggest.js";
import { declaredClasses, neverHolds } from "./case-truth.js";
import { caseCondition } from "./condition.js";
import { changedDataset } from "./dataset.js";
import { clauseOf, withoutBody } from "./settings.js";
import { columnName, subsetAmount, subsetOptions, subsetView, TAKE } from "./subset.js";

/** The data set seen otherwise; its files are still looked for under the name they were declared with. */
export function viewed(dataset: DatasetSpec, view: ViewSpec, name = dataset.name): DatasetSpec {
  return { ...dataset, name, files: dataset.files ?? dataset.name, views: [...(dataset.views ?? []), view] };
}

export function restrictDataset(context: Context, expression: Restrict, environment: Environment): Value {
  const base = evaluate(context, expression.base, environment);
  if (base.kind !== "dataset") {
    return expected(context, environment, expression.base, base, "a dataset");
  }
  const condition = caseCondition(context, expression.condition, environment);
  if (condition === undefined) {
    return UNKNOWN;
  }
  const { dataset } = base;
  const { span } = expression.condition;
  const before = (dataset.views ?? []).flatMap((view) => (view.kind === "where" ? [view.condition] : []));
  const classes = declaredClasses(dataset.adapter);
  if (neverHolds([...before, condition], classes) && !neverHolds(before, classes)) {
    const alone = neverHolds([condition], classes);
    const why = alone
      ? `whatever its ${listed(columnsOf(condition))}, it is false`
      : "none that the conditions before it leave can";
    return report(context, environment, span, "case-where-never", { why, file: dataset.files ?? dataset.name });
  }
  const name = sourceText(environment, expression.span);
  const restrictions = [...(dataset.restrictions ?? []), locate(environment, span)];
  return { kind: "dataset", dataset: { ...viewed(dataset, { kind: "where", condition }, name), restrictions } };
}

export function transformDataset(
  context: Context,
  dataset: DatasetSpec,
  expression: With,
  environment: Environment,
): Value {
  const { change } = expression;
  if ("statements" in change) {
    return changedDataset(context, dataset, change, sourceText(environment, expression.span), environment);
  }
  const transform = choice(context, environment, "transform", change, "transform of images");
  if (transform === undefined) {
    return UNKNOWN;
  }
  const name = sourceText(environment, expression.span);
  return { kind: "dataset", dataset: viewed(dataset, { kind: "transform", transform }, name) };
}

export function takeDataset(context: Context, expression: Call, environment: Environment): Value {
  const matched = matchArguments(context, environment, TAKE, expression.args, expression.span);
  const from = matched?.get("from")?.value;
  const written = matched?.get("amount")?.value;
  if (matched === undefined || from === undefined || written === undefined) {
    return UNKNOWN;
  }
  const base = evaluate(context, from, environment);
  if (base.kind !== "dataset") {
    return expected(context, environment, from, base, "a dataset");
  }
  const options = subsetOptions(context, matched, environment);
  const value = evaluate(context, written, environment);
  const amount = options && subsetAmount(context, "take", value, written, options, environment);
  if (options === undefined || amount === undefined) {
    return UNKNOWN;
  }
  const name = sourceText(environment, expression.span);
  return { kind: "dataset", dataset: viewed(base.dataset, subsetView(amount, options, 0), name) };
}

export interface FoldsSetting {
  readonly folds: number;
  readonly by?: string;
}
const FEWEST_FOLDS = 3;
const MOST_FOLDS = 100;

export function foldsSetting(
  context: Context,
  setting: Setting,
  environment: Environment,
  replacement: Replacement | undefined,
): FoldsSetting | undefined {
  withoutBody(context, setting, environment);
  const clause = clauseOf(context, setting, environment, ["by"]);
  const [first, second] = setting.args;
  if (first === undefined || second !== undefined || first.name !== undefined) {
    report(context, environment, (second ?? first ?? setting).span, "one-value", { name: "folds" });
    return undefined;
  }
  const value = evaluate(context, replacement?.expression ?? first.value, replacement?.environment ?? environment);
  if (value.kind === "unknown") {
    return undefined;
  }
  const count = value.kind === "number" && value.unit === undefined ? value.value : Number.NaN;
  if (!Number.isInteger(count) || count < FEWEST_FOLDS || count > MOST_FOLDS) {
    const problem = value.kind === "number" ? `is ${numberLabel(value.value)}` : `is ${describe(value)}`;
    report(context, environment, first.span, "fold-count", { problem });
    return undefined;
  }
  const [written] = clause?.values ?? [];
  const by = written && columnName(context, written, environment);
  if (clause !== undefined && by === undefined) {
    return undefined;
  }
  return { folds: count, ...(by === undefined ? {} : { by }) };
}
