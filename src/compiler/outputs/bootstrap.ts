/** `bootstrap(mean(a) / mean(b), 2000, by: target)`: any derived number with an interval by resampling what it is made of. */

import type { Call } from "../../../grammar/syntax.js";
import { counted } from "../counted.js";
import { didYouMean } from "../messages.js";
import type { Axis } from "../study.js";
import { operands } from "./operands.js";
import type { Read } from "./paired-test.js";
import { axisNamed } from "./references.js";
import type { Names, Scope } from "./scope.js";
import { named, positional, resamplesIn, strayArgument, studySeed } from "./statistic-arguments.js";
import { expressionText } from "./text.js";
import type { Typed } from "./typed.js";
import type { DrawnUnit, Quantity } from "./types.js";

export const BOOTSTRAP = "bootstrap";
/** Below so many units percentiles are seen to be too narrow (docs/statistics.md). */
const FEW = 10;

export function readBootstrap(names: Names, scope: Scope, call: Call, read: Read): Typed | undefined {
  const [value, count, ...more] = positional(call);
  if (value === undefined || count === undefined || more.length > 0) {
    const parameters = { name: BOOTSTRAP, wants: "a number and how often to draw", count: positional(call).length };
    const example = "bootstrap(mean(main.test[init: WT]) / mean(main.test[init: RI]), 2000, by: repeat)";
    names.report(scope, more[0] ?? call, "statistic-sides", { ...parameters, example });
    return undefined;
  }
  const of = read(names, scope, value);
  const resamples = resamplesIn(names, scope, count, call);
  if (of === undefined || resamples === undefined || strayArgument(names, scope, call, ["by"])) {
    return undefined;
  }
  const by = readUnits(names, scope, call, of);
  if (by === undefined) {
    return undefined;
  }
  warnOfFew(names, scope, call, by);
  const said = `bootstrap(${resamples}, by: ${by.map(({ axis }) => axis).join(" × ")})`;
  const estimator = of.estimator === undefined || of.estimator === "" ? said : `${of.estimator}, ${said}`;
  return {
    ...of,
    quantity: { kind: "bootstrap", of: of.quantity, resamples, by, seed: studySeed(scope) },
    perRepeat: false,
    folded: false,
    estimator,
  };
}

/** Replicates, or axes that the number has been reduced over: what it still varies over cannot be drawn. */
function readUnits(names: Names, scope: Scope, call: Call, of: Typed): readonly DrawnUnit[] | undefined {
  const written = named(call, "by")?.value;
  const folded = scope.from.some(({ signature }) => signature.cells.some(({ fold }) => fold !== undefined));
  const items =
    written === undefined ? [] : written.kind === "list" ? written.items.map((item) => item.value) : [written];
  if (written === undefined) {
    const axis = folded ? "fold" : "repeat";
    return [{ axis, points: replicates(scope, axis) }];
  }
  const units: DrawnUnit[] = [];
  for (const item of items) {
    const text = expressionText(item);
    if (text === "repeat" || (text === "fold" && folded)) {
      units.push({ axis: text, points: replicates(scope, text) });
      continue;
    }
    const axis = axisNamed(scope, text);
    const why = whyNot(names, axis, of);
    if (axis === undefined || why !== undefined) {
      const known = ["repeat", ...(folded ? ["fold"] : []), ...scope.axes.map(({ name }) => name)];
      const hint = why?.startsWith("the") ? `reduce it first: \`mean(…, over: ${text})\`` : didYouMean(text, known);
      names.report(scope, item, "bootstrap-unit", { unit: text, why: why ?? "", hint });
      return undefined;
    }
    units.push({ axis: axis.name, points: axis.points.map(({ label }) => label) });
  }
  return units;
}

function whyNot(names: Names, axis: Axis | undefined, of: Typed): string | undefined {
  if (axis === undefined || !runsOver(names, of.quantity, axis.name)) return "no axis of these numbers";
  if (of.axes.some(({ name }) => name === axis.name)) return "the number still varies over it";
  return axis.points.length === 0 ? "its points are known only after the run" : undefined;
}

/** Whether a column it is made of has the axis, and all of it. */
function runsOver(names: Names, quantity: Quantity, axis: string): boolean {
  if (quantity.kind === "column" || quantity.kind === "derive") {
    const table = names.table(quantity.kind === "column" ? quantity.table : quantity.name);
    const cells = table?.cells ?? [];
    const own = table?.axes.some(({ name }) => name === axis) === true || cells.some(({ point }) => axis in point);
    return own && quantity.slice[axis] === undefined;
  }
  return (
    (quantity.kind === "axis" && quantity.axis === axis) ||
    operands(quantity).some((each) => runsOver(names, each, axis))
  );
}

function replicates(scope: Scope, axis: "repeat" | "fold"): readonly string[] {
  const found = new Set<number>();
  for (const cell of scope.from.flatMap(({ signature }) => signature.cells)) {
    const place = cell[axis];
    if (place !== undefined) found.add(place);
  }
  return [...found].sort((a, b) => a - b).map(String);
}

function warnOfFew(names: Names, scope: Scope, call: Call, by: readonly DrawnUnit[]): void {
  const few = by.find(({ points }) => points.length < FEW);
  if (few !== undefined) {
    const count = counted(few.points.length, few.axis);
    names.report(scope, named(call, "by")?.value ?? call, "bootstrap-of-few", { count });
  }
}
