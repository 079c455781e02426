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

interface ReadTerm {
  /** Absent of a category and of products of categories. */
  readonly number?: { readonly label: string; readonly typed: Typed };
  readonly categories: readonly Axis[];
  readonly at: Expression;
}

/**
 * A bare name of an axis without numbers is a category; a number by a point of that name is one all the same. A product with
 * a category among its factors is an interaction: `log(share) * init`, `model * init`.
 */
function readTerm(names: Names, scope: Scope, at: Expression, read: Read): ReadTerm | undefined {
  const factors = factorsOf(at);
  const categories = factors.flatMap((factor) => categoryOf(scope, factor) ?? []);
  const broken = categories.find(({ points }) => points.length < 2);
  const again = categories.find((axis, i) => categories.indexOf(axis) !== i);
  if (broken !== undefined || again !== undefined) {
    const known = broken === undefined || broken.points.length > 0;
    const one = known ? "it has one point alone" : "its points are known only after the run";
    const why = again === undefined ? one : `\`${again.name}\` is a factor twice`;
    names.report(scope, at, "regression-term", { term: expressionText(at), why });
    return undefined;
  }
  const [first, ...others] = categories.length === 0 ? [at] : factors.filter((each) => !categoryOf(scope, each));
  if (first === undefined) {
    return { categories, at };
  }
  // several numbers among the factors are one, as they would be without the categories
  const number = others.reduce<Expression>(
    (left, right) => ({ kind: "binary", operator: "*", left, right, span: at.span }),
    first,
  );
  const label = expressionText(number);
  const typed = read(names, scope, number);
  if (typed !== undefined && typed.axes.length === 0 && !typed.perRepeat) {
    names.report(scope, first, "regression-term", { term: label, why: "one number, the same in every row" });
    return undefined;
  }
  return typed && { number: { label, typed }, categories, at };
}

function factorsOf(at: Expression): readonly Expression[] {
  return at.kind === "binary" && at.operator === "*" ? [...factorsOf(at.left), ...factorsOf(at.right)] : [at];
}

function categoryOf(scope: Scope, at: Expression): Axis | undefined {
  const axis = at.kind === "name" ? axisNamed(scope, at.text) : undefined;
  return axis === undefined || isNumeric(axis) ? undefined : axis;
}

/** The axes of rows: of the number and of all terms. */
function joinAll(names: Names, scope: Scope, call: Call, of: Typed, terms: readonly ReadTerm[]): Typed | undefined {
  let rows = of;
  for (const term of terms) {
    if (term.number === undefined) {
      continue;
    }
    const { typed } = term.number;
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
  for (const { categories, at } of terms) {
    const wrong = categories.find(({ name }) => !over.names.includes(name));
    if (wrong !== undefined) {
      const parameters = { axis: wrong.name, name: REGRESS, over: [...over.names, wrong.name].join(", ") };
      names.report(scope, at, "statistic-axis-elsewhere", parameters);
      return false;
    }
  }
  return true;
}

function specOf({ number, categories }: ReadTerm): RegressionTerm {
  const specs = categories.map(({ name, points }) => ({ axis: name, points: points.map((point) => point.label) }));
  const [only, ...others] = specs;
  const value = number && { label: number.label, quantity: number.typed.quantity };
  if (value !== undefined && only === undefined) {
    return { kind: "number", ...value };
  }
  return value === undefined && only !== undefined && others.length === 0
    ? { kind: "category", ...only }
    : { kind: "interaction", ...(value === undefined ? {} : { number: value }), categories: specs };
}
