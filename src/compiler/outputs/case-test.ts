/** `paired_test(a, b, over: cases, method: delong)`: of the predictions themselves, on the cases both sides share. */

import type { Call, Expression } from "../../../grammar/syntax.js";
import { entries, entry } from "../../catalog/index.js";
import type { AdjustmentName } from "../../catalog/tests/index.js";
import type { TestEntry } from "../../catalog/types.js";
import type { Axis, AxisPoint } from "../study.js";
import { isFollowed } from "./following.js";
import { joinAxes } from "./join.js";
import { argument, PAIRED_TEST, type Read, readAdjust, readSides, strayArgument } from "./paired-test.js";
import type { Names, Scope } from "./scope.js";
import { selectCells } from "./slices.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import type { DerivedComparison, ScoredCell, Slice } from "./types.js";

export interface CheckedCaseTest {
  readonly axes: readonly Axis[];
  readonly method: string;
  readonly adjust: AdjustmentName;
  readonly instances: readonly DerivedComparison[];
}

/** A test over cases, by what it is over or by its method. */
export function caseTestCall(value: Expression): Call | undefined {
  if (value.kind !== "call" || value.callee.kind !== "name" || value.callee.text !== PAIRED_TEST) {
    return undefined;
  }
  const over = argument(value, "over");
  const method = argument(value, "method");
  const ofCases = method !== undefined && entry("test", expressionText(method.value))?.over === "cases";
  return ofCases || (over !== undefined && expressionText(over.value) === "cases") ? value : undefined;
}

export function readCaseTest(names: Names, scope: Scope, call: Call, read: Read): CheckedCaseTest | undefined {
  const sides = readSides(names, scope, call, read);
  const stray = strayArgument(names, scope, call);
  const adjust = readAdjust(names, scope, argument(call, "adjust"));
  if (sides === undefined || stray || adjust === undefined) {
    return undefined;
  }
  const [left, right] = sides;
  const method = readMethod(names, scope, call, left, right);
  const axes = joinAxes(names, scope, call, left, right);
  const [first, second] = [left, right].map((side, i) => scored(names, scope, call, side, i));
  if (method === undefined || axes === undefined || first === undefined || second === undefined) {
    return undefined;
  }
  const instances = paired(first, second, left, right);
  const unlike = instances.flatMap(({ pairs }) => pairs).find(({ first: a, second: b }) => casesOf(a) !== casesOf(b));
  if (unlike !== undefined) {
    const parameters = { first: casesOf(unlike.first), second: casesOf(unlike.second) };
    names.report(scope, call, "test-of-different-cases", parameters);
    return undefined;
  }
  if (instances.length === 0) {
    names.report(scope, call, "probe-without-cells", { name: PAIRED_TEST });
    return undefined;
  }
  return { axes, method: method.id, adjust, instances };
}

/** The one of the metric where none is written. */
function readMethod(names: Names, scope: Scope, call: Call, left: Typed, right: Typed): TestEntry | undefined {
  const known = entries("test").filter(({ over }) => over === "cases");
  const over = argument(call, "over");
  const written = argument(call, "method");
  const method =
    written === undefined
      ? known.find(({ metric }) => metric === left.metric)
      : entry("test", expressionText(written.value));
  const choices = known.map(({ id, metric }) => `\`${id}\` (of ${metric})`).join(" and ");
  if (method === undefined && written === undefined) {
    const wants = known.map(({ metric = "" }) => metric).join(" or ");
    const parameters = { method: "over: cases", wants, metric: left.metric ?? expressionText(call), choices };
    if (!names.lackCells) names.report(scope, over ?? call, "test-of-other-metric", parameters);
    return undefined;
  }
  if (method?.over !== "cases" || (over !== undefined && expressionText(over.value) !== "cases")) {
    const said = { method: written ? expressionText(written.value) : "", over: over ? expressionText(over.value) : "" };
    names.report(scope, written ?? call, "test-over-cases", { ...said, choices });
    return undefined;
  }
  const other = [left.metric, right.metric].find((metric) => metric !== method.metric);
  if (other !== undefined) {
    const parameters = { method: method.id, wants: method.metric ?? "", metric: other, choices };
    if (!names.lackCells) names.report(scope, written?.value ?? call, "test-of-other-metric", parameters);
    return undefined;
  }
  return method;
}

interface Scored extends ScoredCell {
  /** Labels by axis, as joined. */
  readonly at: { readonly [axis: string]: AxisPoint };
}

/** Every score of a column of an experiment. */
function scored(names: Names, scope: Scope, call: Call, side: Typed, index: number): readonly Scored[] | undefined {
  const { quantity } = side;
  const at = call.args.filter(({ name }) => name === undefined)[index]?.value ?? call;
  const what = expressionText(at);
  const table = quantity.kind === "column" ? names.table(quantity.table) : undefined;
  if (quantity.kind !== "column" || table === undefined) {
    names.report(scope, at, "test-of-no-score", { what });
    return undefined;
  }
  if (side.folded) {
    names.report(scope, at, "test-of-cases-in-folds", { what });
    return undefined;
  }
  const found = selectCells(table.cells, quantity.slice).flatMap((cell) =>
    cell.probes
      .filter(({ measure, loops }) => measure === quantity.column && keeps(quantity.slice, loops, side))
      .map((probe): Scored => ({ cell, probe, at: { ...cell.point, ...joinedNames(probe.loops, side) } })),
  );
  const unfit = found.find(({ probe }) => probe.probe.id !== "score" || (probe.scoring?.by.length ?? 0) > 0);
  if (unfit !== undefined) {
    names.report(scope, at, "test-of-no-score", { what });
    return undefined;
  }
  return found;
}

/** Loop axes under the names they join by. */
function joinedNames(
  loops: { readonly [axis: string]: AxisPoint },
  { aliases }: Typed,
): { readonly [axis: string]: AxisPoint } {
  return Object.fromEntries(Object.entries(loops).map(([name, point]) => [aliases.get(name) ?? name, point]));
}

function keeps(slice: Slice, loops: { readonly [axis: string]: AxisPoint }, side: Typed): boolean {
  const at = joinedNames(loops, side);
  return Object.entries(at).every(([axis, { label }]) => {
    const entry = slice[axis];
    if (entry === undefined) return true;
    const { points, follows } = entry;
    return follows === undefined
      ? points.some((point) => point.label === label)
      : isFollowed(follows, label, at[follows.axis]?.label);
  });
}

/** Sides that agree in the repeat and in every axis both have; the repeats of a point together. */
function paired(
  first: readonly Scored[],
  second: readonly Scored[],
  left: Typed,
  right: Typed,
): readonly DerivedComparison[] {
  const shared = left.axes.map(({ name }) => name).filter((name) => right.axes.some((axis) => axis.name === name));
  const axes = [...new Set([...left.axes, ...right.axes].map(({ name }) => name))];
  const keyOf = ({ at, cell }: Scored) =>
    JSON.stringify([cell.repeat, ...shared.map((axis) => at[axis]?.label ?? null)]);
  const index = new Map<string, Scored[]>();
  for (const each of second) index.set(keyOf(each), [...(index.get(keyOf(each)) ?? []), each]);
  const points = new Map<string, { point: DerivedComparison["point"]; pairs: { first: Scored; second: Scored }[] }>();
  for (const a of first) {
    for (const b of index.get(keyOf(a)) ?? []) {
      const all = { ...pick(b.at, right), ...pick(a.at, left) };
      const key = JSON.stringify(axes.map((axis) => all[axis]?.label ?? null));
      const known = points.get(key) ?? { point: all, pairs: [] };
      points.set(key, known);
      known.pairs.push({ first: a, second: b });
    }
  }
  return [...points.values()];
}

function pick(at: Scored["at"], { axes }: Typed): DerivedComparison["point"] {
  return Object.fromEntries(
    axes.flatMap(({ name }) => {
      const point = at[name];
      return point === undefined ? [] : [[name, point]];
    }),
  );
}

/** `siteA.test` */
function casesOf({ cell, probe }: ScoredCell): string {
  return `${(probe.dataset ?? cell.target).name}.${probe.on}`;
}
