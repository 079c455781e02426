/** `regress(gain, on: [log(far.kid), log(target.size), model], over: [source, target, model], cluster: target)`. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import type { Axis } from "../study.js";
import { isNumeric } from "./axes.js";
import { joinAxes } from "./join.js";
import type { Read } from "./paired-test.js";
import { axisNamed } from "./references.js";
import { locationOf, type Names, type Scope } from "./scope.js";
import {
  axesAmong,
  enoughPoints,
  intervalText,
  named,
  type Over,
  positional,
  readInterval,
  readOver,
  strayArgument,
  studySeed,
} from "./statistic-arguments.js";
import { termLabels } from "./terms.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import type { RegressionTerm } from "./types.js";

export const REGRESS = "regress";

export function readRegression(names: Names, scope: Scope, call: Call, read: Read): Typed | undefined {
  const values = positional(call);
  const [only] = values;
  if (only === undefined || values.length > 1) {
    const parameters = { name: REGRESS, wants: "one number to explain", count: values.length };
    const example = "regress(gain, on: [log(target.size), model], over: [target, model])";
    names.report(scope, values[1] ?? call, "statistic-sides", { ...parameters, example });
    return undefined;
  }
  const of = read(names, scope, only);
  const stray = strayArgument(names, scope, call, ["on", "over", "cluster", "ci"]);
  const on = named(call, "on")?.value;
  if (on === undefined) {
    const parameters = {
      name: REGRESS,
      what: "what explains it",
      argument: "on",
      note: "Each term has a coefficient.",
    };
    names.report(scope, call, "statistic-without", { ...parameters, hint: "write `on: [log(target.size), model]`" });
  }
  const items = on === undefined ? [] : on.kind === "list" ? on.items.map((item) => item.value) : [on];
  const terms = items.flatMap((item) => readTerm(names, scope, item, read) ?? []);
  if (of === undefined || stray || terms.length === 0 || terms.length < items.length) {
    return undefined;
  }
  const rows = joinAll(names, scope, call, of, terms);
  const over = rows && readOver(names, scope, call, rows);
  if (rows === undefined || over === undefined || !categoriesIn(names, scope, terms, over)) {
    return undefined;
  }
  const clusters = named(call, "cluster")?.value;
  const cluster = clusters === undefined ? [] : axesAmong(names, scope, call, rows, over, clusters);
  const interval = readInterval(names, scope, call, rows, over);
  const specs = terms.map(specOf);
  const labels = termLabels(specs);
  if (cluster === undefined || interval === undefined || !enoughPoints(names, scope, call, over, labels.length + 1)) {
    return undefined;
  }
  const term: Axis = {
    name: "term",
    role: "free",
    points: labels.map((label) => ({ label, value: label })),
    location: locationOf(scope, on ?? call),
  };
  const errors = cluster.length === 0 ? "ols" : `ols cr1(${cluster.join(" × ")})`;
  const said = intervalText(interval);
  return {
    quantity: {
      kind: "regression",
      of: of.quantity,
      terms: specs,
      over: over.names,
      cluster,
      interval,
      seed: studySeed(scope),
    },
    axes: [...over.left, term],
    aliases: rows.aliases,
    perRepeat: false,
    folded: false,
    metric: "coefficient",
    estimator: said === "" ? errors : `${errors}, ${said}`,
    facts: { direction: "none" },
    layersOf: of.layersOf,
  };
}

type ReadTerm =
  | { readonly kind: "number"; readonly label: string; readonly typed: Typed; readonly at: Expression }
  | { readonly kind: "category"; readonly axis: Axis; readonly at: Expression };

/** A bare name of an axis without numbers is a category; a number by a point of that name is one all the same. */
function readTerm(names: Names, scope: Scope, at: Expression, read: Read): ReadTerm | undefined {
  const label = expressionText(at);
  const axis = at.kind === "name" ? axisNamed(scope, at.text) : undefined;
  if (axis === undefined || isNumeric(axis)) {
    const typed = read(names, scope, at);
    if (typed !== undefined && typed.axes.length === 0 && !typed.perRepeat) {
      names.report(scope, at, "regression-term", { term: label, why: "one number, the same in every row" });
      return undefined;
    }
    return typed && { kind: "number", label, typed, at };
  }
  if (axis.points.length < 2) {
    const why = axis.points.length === 0 ? "its points are known only after the run" : "it has one point alone";
    names.report(scope, at, "regression-term", { term: label, why });
    return undefined;
  }
  return { kind: "category", axis, at };
}

/** The axes of rows: of the number and of all terms. */
function joinAll(names: Names, scope: Scope, call: Call, of: Typed, terms: readonly ReadTerm[]): Typed | undefined {
  let rows = of;
  for (const term of terms) {
    if (term.kind === "category") {
      continue;
    }
    const { typed } = term;
    const axes = joinAxes(names, scope, call, rows, { ...typed, metric: undefined });
    if (axes === undefined) {
      return undefined;
    }
    rows = {
      ...rows,
      axes,
      aliases: new Map([...rows.aliases, ...typed.aliases]),
      perRepeat: rows.perRepeat || typed.perRepeat,
      folded: rows.folded || typed.folded,
    };
  }
  return rows;
}

/** A category is of an axis the rows run over: elsewhere it is the same in every row of a fit. */
function categoriesIn(names: Names, scope: Scope, terms: readonly ReadTerm[], over: Over): boolean {
  const wrong = terms.find((term) => term.kind === "category" && !over.names.includes(term.axis.name));
  if (wrong?.kind === "category") {
    const parameters = { axis: wrong.axis.name, name: REGRESS };
    names.report(scope, wrong.at, "statistic-axis-elsewhere", {
      ...parameters,
      over: [...over.names, wrong.axis.name].join(", "),
    });
  }
  return wrong === undefined;
}

function specOf(term: ReadTerm): RegressionTerm {
  return term.kind === "number"
    ? { kind: "number", label: term.label, quantity: term.typed.quantity }
    : { kind: "category", axis: term.axis.name, points: term.axis.points.map((point) => point.label) };
}
