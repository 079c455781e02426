/** The compiler as the check of derive, table and figure sees it: tables of the experiments, probes, properties. */

import type { Call, Declaration, Expression } from "../../grammar/syntax.js";
import type { Catalog } from "../catalog/index.js";
import { isGiven, suitsProbe } from "./check/predictions.js";
import { columnMetric, layersRead, type ProbeCall, probeCall } from "./check/probe.js";
import type { Context } from "./evaluate/context.js";
import { type Environment, withLocal } from "./evaluate/environment.js";
import { namesIn, readsMember } from "./evaluate/mentions.js";
import { report } from "./evaluate/report.js";
import { stateOf } from "./evaluate/states.js";
import { UNKNOWN } from "./evaluate/values.js";
import { partsOf, probeAxes } from "./expand/measure-columns.js";
import type { DatasetFacts, Fact } from "./host.js";
import type { MetricFacts, OutputsContext, ProbeHead, PropertySubject, PropertyValue } from "./outputs/signature.js";
import { seeded } from "./plan/views.js";
import type { Cell, DatasetSpec, Experiment } from "./study.js";

export function outputsContext(
  context: Context,
  environments: ReadonlyMap<string, Environment>,
  experiments: readonly Experiment[],
  facts: ReadonlyMap<DatasetSpec, Fact<DatasetFacts>>,
): OutputsContext {
  const metrics = metricsIn(experiments);
  return {
    sink: context.sink,
    probes: context.catalog.names("probe"),
    probe(call, path): ProbeHead | undefined {
      const environment = environments.get(path);
      if (environment === undefined) {
        return undefined;
      }
      const found = probeCall(context, call, withLocal(environment, "target", UNKNOWN));
      if (found?.states.some((state) => lacksTensors(context, found, state, environment))) {
        return undefined;
      }
      return (
        found && {
          choice: found.choice,
          states: found.states,
          on: found.splits[0]?.split ?? "test",
          ...(found.splits[0]?.dataset === undefined ? {} : { dataset: found.splits[0].dataset }),
          ...setsOf(context, found, call, environment, experiments),
          ...(found.metric === undefined ? {} : { metric: found.metric }),
          estimator: found.estimator,
          ...(found.entry.rescores ? { rescored: true as const } : {}),
          column: columnMetric(found.entry, found.metric),
          inner: probeAxes(found, layersShown(context, found, experiments, environment), { path, span: call.span }),
        }
      );
    },
    state: (expression, path) => madeState(context, expression, environments.get(path)),
    cells: () => experiments.flatMap((experiment) => experiment.cells),
    isSource: (name, path) => environments.get(path)?.scope.names.get(name)?.kind === "source",
    metric: (id) => metricFacts(id, metrics, context.catalog),
    property: (subject, name) => property(context, facts, subject, name),
  };
}

/** Of a probe that wants them; what else may be wrong with a state is said where it is read. */
function lacksTensors(context: Context, { entry }: ProbeCall, state: Expression, environment: Environment): boolean {
  if (!isGiven(state)) return false;
  const given = stateOf(context, state, environment);
  return given === undefined || !suitsProbe(context, entry, given, state.span, environment);
}

function madeState(
  context: Context,
  expression: Expression,
  environment: Environment | undefined,
): ReturnType<OutputsContext["state"]> {
  const state = environment && stateOf(context, expression, environment);
  if (environment === undefined || state === undefined) {
    return undefined;
  }
  if (state.own) {
    // a derive is of no cell
    report(context, environment, expression.span, "not-a-state", { what: state.text });
    return undefined;
  }
  return (request) => state.make(request);
}

/** A probe of data sets sees each target under its own name. */
function setsOf(
  context: Context,
  found: ProbeCall,
  call: Call,
  environment: Environment,
  experiments: readonly Experiment[],
): Pick<ProbeHead, "sets"> {
  const { reads } = found.entry;
  if (reads.kind !== "inputs" || reads.datasets === undefined) {
    return {};
  }
  const of = (cell: Cell): ReturnType<NonNullable<ProbeHead["sets"]>["of"]> => {
    // as the study names it: the axes of this number know of no labels
    const named = cell.target.base ?? cell.target;
    const here = withLocal(environment, "target", { kind: "dataset", dataset: named });
    const seen = probeCall(context, call, here);
    const { experiment, point, repeat, seed, model, target } = cell;
    const request = { experiment, point, repeat, seed, model, target, cell };
    const states = seen?.states.map((expression, index) => {
      const state = seen.published[index] ?? stateOf(context, expression, here);
      return state?.make(request);
    });
    if (seen === undefined || states === undefined || !states.every((state) => state !== undefined)) {
      return undefined;
    }
    const datasets = Object.fromEntries(
      Object.entries(seen.datasets).map(([name, dataset]) => [name, seeded(dataset, seed)]),
    );
    return { states, datasets, ...(seen.model === undefined ? {} : { model: seen.model }) };
  };
  const cells = experiments.flatMap((experiment) => experiment.cells);
  return { sets: { readsTarget: namesIn(call).has("target"), cells, of } };
}

/** Points of the axis `layer`: the models' layers, and those of features from elsewhere. */
function layersShown(
  context: Context,
  found: ProbeCall,
  experiments: readonly Experiment[],
  environment: Environment,
): readonly string[] {
  const given = found.states.filter(isGiven).flatMap((state) => stateOf(context, state, environment)?.layer ?? []);
  const foreign = given.length > 0 && given.length === found.states.length;
  const own = foreign || partsOf(found) !== "layers" ? [] : layersRead(found.entry, layersOf(context, experiments));
  return [...new Set([...own, ...given])];
}

function metricsIn(experiments: readonly Experiment[]): ReadonlySet<string> {
  const metrics = new Set<string>();
  for (const experiment of experiments) {
    for (const cell of experiment.cells) {
      metrics.add(cell.target.metric);
    }
  }
  return metrics;
}

function layersOf(context: Context, experiments: readonly Experiment[]): readonly string[] {
  const layers = new Set<string>();
  for (const model of new Set(experiments.flatMap((each) => each.cells.map((cell) => cell.model)))) {
    const shape = context.models.shape(model);
    for (const layer of "problem" in shape ? [] : shape.layers) {
      layers.add(layer);
    }
  }
  return [...layers];
}

/** `target.metric` is what the targets' metrics have in common. */
function metricFacts(id: string, metrics: ReadonlySet<string>, catalog: Catalog): MetricFacts | undefined {
  if (id !== "target.metric") {
    const metric = catalog.entry("metric", id);
    // steps, parameters, distances: no metric, and better neither way
    const range = metric?.range ?? catalog.entry("probe", id)?.range;
    const [least, greatest] = range ?? [null, null];
    return (
      range && {
        direction: metric?.direction ?? "none",
        ...(least === null ? {} : { least }),
        ...(greatest === null ? {} : { greatest }),
      }
    );
  }
  const all = [...metrics].map((metric) => metricFacts(metric, metrics, catalog)).filter((each) => each !== undefined);
  const [first] = all;
  if (first === undefined) {
    return { direction: "max", least: 0 }; // no cell could be made: what is wrong is said elsewhere
  }
  if (all.some((each) => each.direction !== first.direction)) {
    return { direction: "none" };
  }
  const least = all.every((each) => each.least !== undefined)
    ? Math.min(...all.map((each) => each.least ?? 0))
    : undefined;
  const greatest = all.every((each) => each.greatest !== undefined)
    ? Math.max(...all.map((each) => each.greatest ?? 0))
    : undefined;
  return {
    direction: first.direction,
    ...(least === undefined ? {} : { least }),
    ...(greatest === undefined ? {} : { greatest }),
  };
}

function property(
  context: Context,
  facts: ReadonlyMap<DatasetSpec, Fact<DatasetFacts>>,
  subject: PropertySubject,
  name: string,
): PropertyValue {
  switch (subject.kind) {
    case "model": {
      const shape = context.models.shape(subject.model);
      const { size } = subject.model.family.params;
      if (name === "units" && !("problem" in shape)) {
        return { status: "known", value: shape.units };
      }
      if (name === "units" && "problem" in shape && shape.pending) {
        return { status: "unknown" };
      }
      return name === "size" && typeof size === "number"
        ? { status: "known", value: size }
        : { status: "none", properties: ["units", "size"] };
    }
    case "target": {
      if (name !== "size") {
        return { status: "none", properties: ["size"] };
      }
      const fact = facts.get(subject.target);
      const images = fact?.status === "known" ? fact.facts.splits.train?.images : undefined;
      return images === undefined ? { status: "unknown" } : { status: "known", value: images };
    }
    case "source":
      return { status: "none", properties: [] };
    default:
      return subject satisfies never;
  }
}

/** Whether some output asks for the size of a target: only then is the data looked at. */
export function asksForSize(declarations: readonly Declaration[]): boolean {
  return declarations.some((each) => namesIn(each).has("target") && readsMember(each, "size"));
}
