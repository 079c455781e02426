/** Calls of probes: `score(target.metric)`, `cka(initial, selected, estimator: unbiased)`. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { entry, fillDefaults } from "../../catalog/index.js";
import type { Choice, Json, ProbeEntry } from "../../catalog/types.js";
import { matchesGlob, parseGlob } from "../../models/glob.js";
import type { Location } from "../diagnostics.js";
import { choose, convertArguments, type Matched, matchArguments, spanOf } from "../evaluate/arguments.js";
import type { Context } from "../evaluate/context.js";
import { type Environment, local, locate, sourceText } from "../evaluate/environment.js";
import { evaluate } from "../evaluate/evaluator.js";
import { expected, report, suggestion } from "../evaluate/report.js";
import type { StateValue } from "../evaluate/values.js";
import { expressionText } from "../outputs/text.js";
import { remembered } from "../plan/memo.js";
import type { DatasetSpec, ModelChoice, ScoringSpec, SourceSpec, SplitName } from "../study.js";
import { listed } from "../suggest.js";
import { metricOf } from "./metric.js";
import { PLAIN, scoring as scoringOf } from "./scoring.js";
import { type MeasuredOn, measuredOn, splitOf } from "./split.js";

export interface ProbeCall {
  readonly entry: ProbeEntry;
  /** Plain parameters; states, metric and split stand beside. */
  readonly choice: Choice;
  /** As written, in the probe's order; a default where nothing was. */
  readonly states: readonly Expression[];
  /** States that are published weights because nothing was written, by position. */
  readonly published: readonly (StateValue | undefined)[];
  readonly splits: readonly MeasuredOn[];
  readonly scoring: ScoringSpec | undefined;
  /** Whether `on:` was a list, which adds the axis `split`. */
  readonly listed: boolean;
  readonly metric: string | undefined;
  /** By parameter. */
  readonly datasets: { readonly [parameter: string]: DatasetSpec };
  readonly model: ModelChoice | undefined;
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
      { hint: probeHint(context, sourceText(environment, expression.span)) },
    );
    return undefined;
  }
  const name = expression.callee.text;
  const found = context.catalog.entry("probe", name);
  if (found === undefined) {
    unknownProbe(context, name, expression, environment);
    return undefined;
  }
  const matched = matchArguments(context, environment, found, expression.args, expression.span);
  return matched && readCall(context, found, matched, expression, environment);
}

function probeHint({ catalog }: Context, text: string): string {
  const metric = text === "target.metric" || catalog.names("metric").includes(text);
  return metric ? `write \`score(${text})\`.` : `there are ${listed(catalog.names("probe"), 20)}.`;
}

function unknownProbe(context: Context, name: string, expression: Call, environment: Environment): void {
  const { span } = expression.callee;
  report(
    context,
    environment,
    span,
    "unknown-callee",
    { kind: "probe", name },
    suggestion(environment, span, name, context.catalog.names("probe")),
  );
}

const references = new WeakMap<ProbeEntry, ReadonlySet<string>>();

/** Parameters that name something, so that they are no plain values. */
function referringOf({ parameters }: ProbeEntry): ReadonlySet<string> {
  return new Set(Object.entries(parameters).flatMap(([name, schema]) => (schema.refers === undefined ? [] : [name])));
}

function readCall(
  context: Context,
  found: ProbeEntry,
  matched: Matched,
  expression: Call,
  environment: Environment,
): ProbeCall | undefined {
  const referring = remembered(references, found, () => referringOf(found));
  const params = convertArguments(context, environment, found, matched, referring);
  const beside = splitsBeside(found);
  const banks = beside.map((name) => [name, splitParameter(context, matched, name, environment)] as const);
  const metric = metricParameter(context, found, matched, environment);
  const named = namedValues(context, found, matched, environment);
  const splits = splitList(context, found, matched.get("on")?.value, environment);
  if (
    params === undefined ||
    banks.some(([, split]) => split === "wrong") ||
    metric === "wrong" ||
    splits === undefined ||
    named === undefined
  ) {
    return undefined;
  }
  const given = {
    ...Object.fromEntries((found.required ?? []).filter((name) => referring.has(name)).map((name) => [name, name])),
    ...Object.fromEntries(banks.flatMap(([name, split]) => (split === undefined ? [] : [[name, split]]))),
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
  const scored =
    found.reads.kind === "predictions" ? scoringOf(context, matched, metric, minCases, environment) : PLAIN;
  if (scored === undefined) {
    return undefined;
  }
  const plain = (name: string): boolean => !referring.has(name) || beside.includes(name) || found.metric === "checked";
  const kept = Object.entries(chosen.params).filter(([name]) => plain(name));
  const choice: Choice = { ...chosen, params: Object.fromEntries(kept) };
  return {
    entry: found,
    choice,
    states: found.states.map((state) => matched.get(state.name)?.value ?? stateName(state.default, expression)),
    published: found.states.map(({ name, published }) =>
      published && !matched.has(name)
        ? publishedState(published.path, environment, locate(environment, expression.span))
        : undefined,
    ),
    splits: splits.names,
    listed: splits.listed,
    metric: found.metric === "checked" ? undefined : metric,
    datasets: named.datasets,
    model: named.model ?? publishedModel(found, matched, locate(environment, expression.span)),
    scoring: scored.spec,
    estimator: [estimatorName(found, choice, matched), ...scored.estimator].filter((part) => part !== "").join(", "),
  };
}

/** Its data sets are named apart from `on`, which says the split of them all. */
function readsSets({ reads }: ProbeEntry): boolean {
  return reads.kind === "inputs" && reads.datasets !== undefined;
}

/** Parameters that name a split beside `on`, as `bank` of k-NN. */
function splitsBeside({ parameters }: ProbeEntry): readonly string[] {
  return Object.keys(parameters).filter((name) => parameters[name]?.refers === "split" && name !== "on");
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
    if (place.dataset !== undefined && readsSets(found)) {
      const got = `\`${sourceText(environment, item.span)}\``;
      report(context, environment, item.span, "split-of-sets", { callee: found.id, got });
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
  const names = found.oneOf ?? [];
  const written = names.filter((name) => chosen.params[name] !== undefined);
  if (names.length === 0 || written.length === 1) {
    return true;
  }
  const span = spanOf(matched, written[0] ?? "", expression.span);
  report(context, environment, span, "one-of-arguments", {
    callee: found.id,
    names: names.map((name) => `a \`${name}:\``).join(" or "),
    how: written.length > 1 ? "both" : "neither",
  });
  return false;
}

/** What tells two ways of measuring the same thing apart; empty where there is only one. */
function estimatorName(found: ProbeEntry, choice: Choice, matched: Matched): string {
  const { estimator } = choice.params;
  const others = (found.estimatorUnlessDefault ?? []).filter(
    (name) => choice.params[name] !== found.parameters[name]?.default,
  );
  const more = [...found.estimator, ...others].flatMap((name) => {
    const written = found.parameters[name]?.refers === undefined ? undefined : matched.get(name)?.value;
    const published = found.states.find((state) => state.name === name)?.published?.path;
    const value = written === undefined ? (choice.params[name] ?? published) : expressionText(written);
    return value === undefined ? [] : [`${name}=${written === undefined ? said(value) : value}`];
  });
  const own = found.called === undefined ? [] : [found.called];
  return [...own, ...(typeof estimator === "string" ? [estimator] : []), ...more].join(", ");
}

/** As a study writes it: `standardize=yes`. */
function said(value: Json): string {
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

interface NamedValues {
  readonly datasets: ProbeCall["datasets"];
  readonly model: ModelChoice | undefined;
}

/** Data sets and a model among the arguments. */
function namedValues(
  context: Context,
  found: ProbeEntry,
  matched: Matched,
  environment: Environment,
): NamedValues | undefined {
  const datasets: { [parameter: string]: DatasetSpec } = {};
  let model: ModelChoice | undefined;
  let sound = true;
  for (const [name, { value: expression }] of matched) {
    const refers = found.parameters[name]?.refers;
    if (refers !== "dataset" && refers !== "model" && refers !== "recipe") {
      continue;
    }
    const value = evaluate(context, expression, environment);
    if (refers === "recipe" || (refers === "model" && found.reads.kind === "inputs" && found.reads.recipe)) {
      sound &&= isCells(context, expression, environment, refers === "recipe" ? "train" : "model");
      continue;
    }
    if (refers === "dataset" && value.kind === "dataset") {
      datasets[name] = value.dataset;
    } else if (refers === "model" && value.kind === "model") {
      model = value.model;
    } else if (value.kind !== "unknown") {
      const wanted = refers === "model" ? "a model" : "a data set";
      expected(context, environment, expression, value, wanted, namesOf(environment, refers));
      sound = false;
    }
  }
  return sound ? { datasets, model } : undefined;
}

/** Of a probe of the cell's own model and recipe: these are the only ones it can be given. */
function isCells(context: Context, expression: Expression, environment: Environment, slot: string): boolean {
  if (expression.kind === "name" && expression.text === slot) return true;
  report(context, environment, expression.span, "not-the-cells", { slot });
  return false;
}

function publishedState(path: string, environment: Environment, location: Location): StateValue {
  const weights = { path, declaredIn: environment.scope.file.path, location };
  const source: SourceSpec = { kind: "weights", name: path, weights };
  return { kind: "state", text: path, own: false, make: () => ({ kind: "source", source }) };
}

function publishedModel(found: ProbeEntry, matched: Matched, location: Location): ModelChoice | undefined {
  const published = found.states.find(({ name }) => !matched.has(name))?.published;
  const model = published && entry("model", published.model);
  return model && { name: model.id, family: fillDefaults(model), location };
}

function namesOf(environment: Environment, kind: "dataset" | "model"): readonly string[] {
  return [...environment.scope.names.values()].filter((each) => each.kind === kind).map((each) => each.name);
}

/** Of a model's layers those a probe reads. */
export function layersRead({ reads }: ProbeEntry, layers: readonly string[]): readonly string[] {
  if (reads.kind !== "inputs" || reads.only === undefined) {
    return layers;
  }
  const globs = reads.only.map(parseGlob);
  return layers.filter((layer) => globs.some((glob) => matchesGlob(glob, layer)));
}

/** What results call the number. */
export function columnMetric(found: ProbeEntry, metric: string | undefined): string {
  return metric ?? found.id;
}
