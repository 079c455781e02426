/** Calls of probes: `score(target.metric)`, `cka(initial, selected, estimator: unbiased)`. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { entry, names } from "../../catalog/index.js";
import type { Choice, ProbeEntry } from "../../catalog/types.js";
import { choose, convertArguments, type Matched, matchArguments, spanOf } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local } from "../evaluate/environment.js";
import { report, suggestion } from "../evaluate/report.js";
import type { ScoringSpec, SplitName } from "../study.js";
import { laterEntry, laterProbe } from "./later.js";
import { metricOf } from "./metric.js";
import { scoring as scoringOf } from "./scoring.js";
import { type MeasuredOn, measuredOn, splitOf } from "./split.js";

export interface ProbeCall {
  readonly entry: ProbeEntry;
  /** Plain parameters; states, metric and split stand beside. */
  readonly choice: Choice;
  /** As written, in the probe's order; a default where nothing was. */
  readonly states: readonly Expression[];
  readonly splits: readonly MeasuredOn[];
  readonly scoring: ScoringSpec | undefined;
  /** Whether `on:` was a list, which adds the axis `split`. */
  readonly listed: boolean;
  readonly metric: string | undefined;
  readonly estimator: string;
}

/** Checks all of a call but its states. `undefined` where something was reported. */
export function probeCall(context: Context, expression: Expression, environment: Environment): ProbeCall | undefined {
  if (expression.kind === "missing") {
    return undefined;
  }
  if (expression.kind !== "call" || expression.callee.kind !== "name") {
    report(
      context,
      environment,
      expression.span,
      "not-a-probe",
      {},
      {
        hint: `there are ${names("probe")
          .map((name) => `\`${name}\``)
          .join(", ")}.`,
      },
    );
    return undefined;
  }
  const name = expression.callee.text;
  const found = entry("probe", name);
  if (found === undefined) {
    unknownProbe(context, name, expression, environment);
    return undefined;
  }
  const matched = matchArguments(context, environment, found, expression.args, expression.span);
  return matched && readCall(context, found, matched, expression, environment);
}

function unknownProbe(context: Context, name: string, expression: Call, environment: Environment): void {
  const { span } = expression.callee;
  if (laterProbe(name)) {
    const instead = `there are ${names("probe")
      .map((each) => `\`${each}\``)
      .join(", ")}.`;
    laterEntry(context, environment, span, `the measurement \`${name}\``, instead);
    return;
  }
  report(
    context,
    environment,
    span,
    "unknown-callee",
    { kind: "probe", name },
    suggestion(environment, span, name, names("probe")),
  );
}

function readCall(
  context: Context,
  found: ProbeEntry,
  matched: Matched,
  expression: Call,
  environment: Environment,
): ProbeCall | undefined {
  const referring = new Set(
    Object.entries(found.parameters).flatMap(([name, schema]) => (schema.refers === undefined ? [] : [name])),
  );
  const params = convertArguments(context, environment, found, matched, referring);
  const bank = splitParameter(context, matched, "bank", environment);
  const metric = metricParameter(context, found, matched, environment);
  const splits = splitList(context, found, matched.get("on")?.value, environment);
  if (params === undefined || bank === "wrong" || metric === "wrong" || splits === undefined) {
    return undefined;
  }
  const given = {
    ...Object.fromEntries((found.required ?? []).filter((name) => referring.has(name)).map((name) => [name, name])),
    ...(bank === undefined ? {} : { bank }),
    ...(found.metric === "checked" ? checkedParameters(matched, metric, splits.names) : {}),
    ...params,
  };
  const chosen = choose(
    context,
    environment,
    found,
    given,
    (name) => spanOf(matched, name, expression.span),
    expression.span,
  );
  if (chosen === undefined || !consistent(context, found, matched, chosen, expression, environment)) {
    return undefined;
  }
  const minCases = Number(chosen.params.min_cases ?? 10);
  const scored = scoringOf(context, matched, metric, minCases, environment);
  if (scored === undefined) {
    return undefined;
  }
  const plain = (name: string): boolean => !referring.has(name) || name === "bank" || found.metric === "checked";
  const kept = Object.entries(chosen.params).filter(([name]) => plain(name));
  const choice: Choice = { ...chosen, params: Object.fromEntries(kept) };
  return {
    entry: found,
    choice,
    states: found.states.map((state) => matched.get(state.name)?.value ?? stateName(state.default, expression)),
    splits: splits.names,
    listed: splits.listed,
    metric: found.metric === "checked" ? undefined : metric,
    scoring: scored.spec,
    estimator: [estimatorName(found, choice), ...scored.estimator].filter((part) => part !== "").join(", "),
  };
}

/** What is written of checks that another recipe may make otherwise: held against them once the recipe is known. */
function checkedParameters(
  matched: Matched,
  metric: string | undefined,
  [place]: readonly MeasuredOn[],
): { readonly [name: string]: string } {
  return {
    ...(matched.has("metric") && metric !== undefined ? { metric } : {}),
    ...(matched.has("on") && place !== undefined ? { on: place.label } : {}),
  };
}

function stateName(name: string | undefined, expression: Call): Expression {
  return name === undefined
    ? { kind: "missing", span: expression.span }
    : { kind: "name", text: name, span: expression.span };
}

function splitParameter(
  context: Context,
  matched: Matched,
  name: string,
  environment: Environment,
): SplitName | undefined | "wrong" {
  const written = matched.get(name)?.value;
  return written && (splitOf(context, `\`${name}\``, written, environment) ?? "wrong");
}

function metricParameter(
  context: Context,
  found: ProbeEntry,
  matched: Matched,
  environment: Environment,
): string | undefined | "wrong" {
  if (found.metric === "none") {
    return undefined;
  }
  const written = matched.get("metric")?.value;
  const target = local(environment, "target");
  if (written === undefined) {
    return target?.kind === "dataset" ? target.dataset.metric : undefined;
  }
  return metricOf(context, written, environment) ?? (target?.kind === "dataset" ? "wrong" : undefined);
}

function splitList(
  context: Context,
  found: ProbeEntry,
  written: Expression | undefined,
  environment: Environment,
): { readonly names: readonly MeasuredOn[]; readonly listed: boolean } | undefined {
  if (written === undefined) {
    const split = found.split ?? "test";
    return { names: [{ split, label: split }], listed: false };
  }
  const items = written.kind === "list" ? written.items.map((item) => item.value) : [written];
  const places: MeasuredOn[] = [];
  for (const item of items) {
    const place = measuredOn(context, item, environment);
    if (place === undefined) {
      return undefined;
    }
    if (places.some(({ label }) => label === place.label)) {
      report(context, environment, item.span, "point-twice", { point: place.label, axis: "split" });
      return undefined;
    }
    places.push(place);
  }
  if (places.length === 0) {
    report(context, environment, written.span, "axis-empty", { axis: "on" });
    return undefined;
  }
  return { names: places, listed: written.kind === "list" };
}

/** What one schema cannot say: parameters that hold or exclude each other. */
function consistent(
  context: Context,
  found: ProbeEntry,
  matched: Matched,
  chosen: Choice,
  expression: Call,
  environment: Environment,
): boolean {
  if (found.id !== "steps_to") {
    return true;
  }
  const both = chosen.params.value !== undefined && chosen.params.share_of_best !== undefined;
  const neither = chosen.params.value === undefined && chosen.params.share_of_best === undefined;
  if (both || neither) {
    const span = both ? spanOf(matched, "value", expression.span) : expression.span;
    report(context, environment, span, "steps-to-what", { how: both ? "both" : "neither" });
    return false;
  }
  return true;
}

/** What tells two ways of measuring the same thing apart; empty where there is only one. */
function estimatorName(found: ProbeEntry, choice: Choice): string {
  const { estimator } = choice.params;
  const more = found.estimator.flatMap((name) => {
    const value = choice.params[name];
    return value === undefined ? [] : [`${name}=${String(value)}`];
  });
  return [...(typeof estimator === "string" ? [estimator] : []), ...more].join(", ");
}

/** What results call the number. */
export function columnMetric(found: ProbeEntry, metric: string | undefined): string {
  return found.id !== "steps_to" && metric !== undefined ? metric : found.id;
}
