/** What a score does with predictions beside its metric: thresholds, subgroups, intervals. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import type { ParameterSchema } from "../../catalog/types.js";
import type { Matched } from "../evaluate/arguments.js";
import { isCallOf, matchArguments } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { convert, isConversion } from "../evaluate/convert.js";
import { type Environment, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { numberLabel } from "../evaluate/points.js";
import { report } from "../evaluate/report.js";
import { describe } from "../evaluate/values.js";
import type { GroupingSpec, IntervalSpec, ScoringSpec, ThresholdSpec } from "../study.js";
import { measuredOn } from "./split.js";
import { columnName } from "./subset.js";

export interface Scoring {
  /** Absent where predictions are scored plainly. */
  readonly spec: ScoringSpec | undefined;
  /** Part of the estimator's name: another threshold is another estimate. */
  readonly estimator: readonly string[];
}

/** Predictions as they are. */
export const PLAIN: Scoring = { spec: undefined, estimator: [] };

/** `undefined` where something was reported. */
export function scoring(
  context: Context,
  matched: Matched,
  metric: string | undefined,
  minCases: number,
  environment: Environment,
): Scoring | undefined {
  const written = (name: string): Expression | undefined => matched.get(name)?.value;
  const [at, groups, ci] = [written("threshold"), written("by"), written("ci")];
  if (at === undefined && groups === undefined && ci === undefined) {
    return PLAIN;
  }
  const threshold = at && thresholdOf(context, at, metric, environment);
  const by = groups === undefined ? [] : groupings(context, groups, environment);
  const interval = ci && intervalOf(context, ci, environment);
  if ((at && !threshold) || by === undefined || (ci && !interval)) {
    return undefined;
  }
  return {
    spec: {
      ...(threshold === undefined ? {} : { threshold: threshold.spec }),
      by,
      minCases: groups === undefined ? 1 : minCases,
      ...(interval === undefined ? {} : { interval }),
    },
    estimator: [
      ...(threshold === undefined ? [] : [`threshold=${threshold.text}`]),
      ...(interval?.method === "bca" ? ["ci=bca"] : []),
    ],
  };
}

function thresholdOf(
  context: Context,
  expression: Expression,
  metric: string | undefined,
  environment: Environment,
): { readonly spec: ThresholdSpec; readonly text: string } | undefined {
  const declared = metric === undefined ? undefined : context.catalog.entry("metric", metric);
  if (declared !== undefined && declared.threshold !== true) {
    const able = context.catalog.entries("metric").filter(({ threshold }) => threshold === true);
    const metrics = able.map(({ id }) => `\`${id}\``).join(", ");
    report(context, environment, expression.span, "metric-without-threshold", { metric: declared.id, metrics });
    return undefined;
  }
  if (expression.kind === "missing") {
    return undefined;
  }
  const rule = (got: string): undefined => {
    report(context, environment, expression.span, "threshold-rule", { got });
  };
  if (expression.kind === "call") {
    const { callee, span } = expression;
    const named = RULES.find((each) => callee.kind === "name" && callee.text === each);
    return named === undefined
      ? rule(`\`${sourceText(environment, span)}\``)
      : chosenBy(context, named, expression, environment, rule);
  }
  const value = evaluate(context, expression, environment);
  if (value.kind === "unknown") {
    return undefined;
  }
  if (value.kind !== "number" || (value.unit !== undefined && value.unit !== "%")) {
    return rule(describe(value));
  }
  if (!(value.value >= 0 && value.value <= 1)) {
    return rule(numberLabel(value.value));
  }
  return { spec: { kind: "value", value: value.value }, text: numberLabel(value.value) };
}

const RULES = ["youden", "sensitivity", "specificity"] as const;

function chosenBy(
  context: Context,
  rule: (typeof RULES)[number],
  call: Call,
  environment: Environment,
  wrong: (got: string) => undefined,
): { readonly spec: ThresholdSpec; readonly text: string } | undefined {
  const on = { description: "the split it is chosen on: `on: val`." };
  const least = { description: "how much is to be reached: `95%`." };
  const callee =
    rule === "youden"
      ? { id: rule, parameters: { on }, required: ["on"] }
      : { id: rule, parameters: { least, on }, required: ["least", "on"], positional: ["least"] };
  const matched = matchArguments(context, environment, callee, call.args, call.span);
  const chosen = matched?.get("on")?.value;
  const place = chosen && measuredOn(context, chosen, environment);
  if (place === undefined) {
    return undefined;
  }
  const { label, ...rest } = place;
  if (rule === "youden") {
    return { spec: { kind: rule, ...rest }, text: `youden(${label})` };
  }
  const written = matched?.get("least")?.value;
  const value = written && evaluate(context, written, environment);
  if (value === undefined || value.kind === "unknown") {
    return undefined;
  }
  if (
    value.kind !== "number" ||
    (value.unit !== undefined && value.unit !== "%") ||
    !(value.value >= 0 && value.value <= 1)
  ) {
    return wrong(`\`${sourceText(environment, call.span)}\``);
  }
  return { spec: { kind: rule, least: value.value, ...rest }, text: `${rule}(${numberLabel(value.value)}, ${label})` };
}

function groupings(
  context: Context,
  expression: Expression,
  environment: Environment,
): readonly GroupingSpec[] | undefined {
  const items = expression.kind === "list" ? expression.items.map((item) => item.value) : [expression];
  const found: GroupingSpec[] = [];
  for (const item of items) {
    const grouping = groupingOf(context, item, environment);
    if (grouping === undefined) {
      return undefined;
    }
    if (found.some(({ column }) => column === grouping.column)) {
      report(context, environment, item.span, "point-twice", { point: grouping.column, axis: "attribute" });
      return undefined;
    }
    found.push(grouping);
  }
  if (found.length === 0) {
    report(context, environment, expression.span, "axis-empty", { axis: "by" });
    return undefined;
  }
  return found;
}

function groupingOf(context: Context, expression: Expression, environment: Environment): GroupingSpec | undefined {
  if (isCallOf(expression, "bands")) {
    return bands(context, expression, environment);
  }
  if (expression.kind === "name" || expression.kind === "string") {
    const column = columnName(context, expression, environment);
    return column === undefined ? undefined : { column };
  }
  if (expression.kind !== "missing") {
    const got = `\`${sourceText(environment, expression.span)}\``;
    report(context, environment, expression.span, "group-column", { got });
  }
  return undefined;
}

/** `bands(age, 0 years, 40 years, 80 years)`: from each edge up to the next; the last takes its upper end in. */
function bands(context: Context, call: Call, environment: Environment): GroupingSpec | undefined {
  const wrong = (problem: string): undefined => {
    report(context, environment, call.span, "bands-edges", { problem });
  };
  const [first, ...rest] = call.args;
  if (first?.value.kind !== "name") {
    return wrong("names no column");
  }
  const edges: number[] = [];
  for (const { value: expression } of rest) {
    const value = evaluate(context, expression, environment);
    if (value.kind === "unknown") {
      return undefined;
    }
    if (value.kind !== "number") {
      return wrong(`\`${sourceText(environment, expression.span)}\` is no number`);
    }
    edges.push(value.value);
  }
  if (edges.length < 2) {
    return wrong("two edges make a band");
  }
  if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? Number.NEGATIVE_INFINITY))) {
    return wrong(`${edges.join(", ")} do not rise`);
  }
  return { column: first.value.text, edges };
}

const BOOTSTRAP = {
  resamples: { type: "integer", minimum: 100, maximum: 100_000, unit: "count", description: "how many resamples." },
  method: { type: "string", enum: ["percentile", "bca"], default: "percentile", description: "which ends it has." },
} as const satisfies { readonly [name: string]: ParameterSchema };

function intervalOf(context: Context, expression: Expression, environment: Environment): IntervalSpec | undefined {
  if (!isCallOf(expression, "bootstrap")) {
    if (expression.kind !== "missing") {
      const got = `\`${sourceText(environment, expression.span)}\``;
      report(context, environment, expression.span, "interval-rule", { got });
    }
    return undefined;
  }
  const callee = {
    id: "bootstrap",
    parameters: { ...BOOTSTRAP, by: { description: "a column: whole groups are drawn, like `by: patient`." } },
    required: ["resamples"],
    positional: ["resamples"],
  };
  const matched = matchArguments(context, environment, callee, expression.args, expression.span);
  const written = matched?.get("resamples")?.value;
  const value = written && convert(context, environment, "resamples", BOOTSTRAP.resamples, written);
  if (matched === undefined || value === undefined || !isConversion(value)) {
    return undefined;
  }
  const resamples = Number(value.json);
  const { minimum, maximum } = BOOTSTRAP.resamples;
  if (resamples < minimum || resamples > maximum) {
    const got = `${resamples} resamples; from ${minimum} to ${maximum} are drawn`;
    report(context, environment, expression.span, "interval-rule", { got });
    return undefined;
  }
  const chosen = matched.get("method")?.value;
  const word = chosen && convert(context, environment, "method", BOOTSTRAP.method, chosen);
  if (word !== undefined && !isConversion(word)) {
    return undefined;
  }
  const method = word?.json === "bca" ? "bca" : "percentile";
  const by = matched.get("by")?.value;
  const column = by && columnName(context, by, environment);
  if (by !== undefined && column === undefined) {
    return undefined;
  }
  return { kind: "bootstrap", resamples, method, ...(column === undefined ? {} : { by: column }) };
}
