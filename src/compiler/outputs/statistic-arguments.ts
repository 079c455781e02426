/** What correlation, regression and label equivalence have in common: sides, `over:`, `ci:`, and clusters among its axes. */

import type { Argument, Call, Expression } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { enumerated } from "./axes.js";
import { overAxes } from "./join.js";
import type { Names, Scope } from "./scope.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import type { RowIntervalSpec } from "./types.js";

export function named(call: Call, name: string): Argument | undefined {
  return call.args.find((each) => each.name?.text === name);
}

export function positional(call: Call): readonly Expression[] {
  return call.args.flatMap(({ name, value }) => (name === undefined ? [value] : []));
}

/** Reports an argument it does not take, or one written twice. */
export function strayArgument(names: Names, scope: Scope, call: Call, known: readonly string[]): boolean {
  const seen = new Set<string>();
  const stray = call.args.find(({ name }) => {
    if (name === undefined) return false;
    const wrong = !known.includes(name.text) || seen.has(name.text);
    seen.add(name.text);
    return wrong;
  });
  if (stray?.name !== undefined) {
    const twice = known.includes(stray.name.text);
    const parameters = { name: calleeOf(call), how: twice ? "has two" : "has no", argument: stray.name.text };
    const hint = twice ? "write it once" : didYouMean(stray.name.text, known);
    names.report(scope, stray.name, "statistic-argument", { ...parameters, hint });
  }
  return stray !== undefined;
}

function calleeOf(call: Call): string {
  return expressionText(call.callee);
}

export interface Over {
  /** Of rows: axes by their joined names, and replicates that are rows of their own. */
  readonly names: readonly string[];
  readonly axes: readonly Axis[];
  /** Axes the result keeps. */
  readonly left: readonly Axis[];
}

/** `over:`, which has to be said: nothing else tells points from panels. */
export function readOver(names: Names, scope: Scope, call: Call, of: Typed): Over | undefined {
  const written = named(call, "over");
  if (written === undefined) {
    const known = of.axes.map((axis) => axis.name);
    names.report(scope, call, "statistic-without", {
      name: calleeOf(call),
      what: "what its points are",
      argument: "over",
      note: "The other axes each have a number of their own.",
      hint: `these numbers have the axes ${enumerated(known)}: write \`over: ${known.length === 1 ? known[0] : `[${known.join(", ")}]`}\``,
    });
    return undefined;
  }
  const over = overAxes(names, scope, of, written.value);
  return (
    over && {
      names: over,
      axes: of.axes.filter((axis) => over.includes(axis.name)),
      left: of.axes.filter((axis) => !over.includes(axis.name)),
    }
  );
}

/** Points known before the run are too few for any number: said now. */
export function enoughPoints(names: Names, scope: Scope, call: Call, over: Over, least: number): boolean {
  const open = over.axes.length < over.names.length || over.axes.some((axis) => axis.points.length === 0);
  const count = over.axes.reduce((product, axis) => product * axis.points.length, 1);
  if (open || count >= least) {
    return true;
  }
  names.report(scope, named(call, "over") ?? call, "statistic-few-points", {
    name: calleeOf(call),
    over: enumerated(over.names),
    count: count === 1 ? "one point" : `${count} points`,
    least,
  });
  return false;
}

/** Axes named by `cluster:` or `by:`: a cluster is a point of all of them together. */
export function axesAmong(
  names: Names,
  scope: Scope,
  call: Call,
  of: Typed,
  over: Over,
  written: Expression,
): readonly string[] | undefined {
  const axes = overAxes(names, scope, of, written);
  const elsewhere = axes?.find((axis) => !over.names.includes(axis));
  if (elsewhere !== undefined) {
    names.report(scope, written, "statistic-axis-elsewhere", {
      axis: elsewhere,
      name: calleeOf(call),
      over: [...over.names, elsewhere].join(", "),
    });
    return undefined;
  }
  return axes;
}

/** `ci: bootstrap(2000, by: target)`; theory's where nothing is written. */
export function readInterval(
  names: Names,
  scope: Scope,
  call: Call,
  of: Typed,
  over: Over,
): RowIntervalSpec | undefined {
  const written = named(call, "ci")?.value;
  if (written === undefined) {
    return { kind: "theory" };
  }
  const inner = written.kind === "call" && calleeOf(written) === "bootstrap" ? written : undefined;
  const [count, ...more] = inner === undefined ? [] : positional(inner);
  const wellNamed = inner?.args.every(({ name }) => name === undefined || name.text === "by") === true;
  if (inner === undefined || count === undefined || more.length > 0 || !wellNamed) {
    if (written.kind !== "missing") {
      names.report(scope, written, "statistic-interval", { written: expressionText(written) });
    }
    return undefined;
  }
  const resamples = resamplesIn(names, scope, count, written);
  if (resamples === undefined) {
    return undefined;
  }
  const by = named(inner, "by")?.value;
  const axes = by === undefined ? [] : axesAmong(names, scope, call, of, over, by);
  return axes && { kind: "bootstrap", resamples, by: axes };
}

/** How often to draw: a whole number from 100 to a million. */
export function resamplesIn(names: Names, scope: Scope, count: Expression, at: Expression): number | undefined {
  if (count.kind === "number" && count.unit === undefined && Number.isInteger(count.value)) {
    if (count.value >= 100 && count.value <= 1_000_000) {
      return count.value;
    }
  }
  if (count.kind !== "missing") {
    names.report(scope, at, "statistic-interval", { written: expressionText(at) });
  }
  return undefined;
}

export function intervalText(interval: RowIntervalSpec): string {
  switch (interval.kind) {
    case "theory":
      return "";
    case "bootstrap": {
      const by = interval.by.length === 0 ? "" : `, by: ${interval.by.join(" × ")}`;
      return `bootstrap(${interval.resamples}${by})`;
    }
    default:
      return interval satisfies never;
  }
}

export function studySeed(scope: Scope): number {
  return scope.from.flatMap(({ signature }) => signature.cells)[0]?.seed ?? 0;
}
