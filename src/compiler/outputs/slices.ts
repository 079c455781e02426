/** `[init: WT]`, `[init: [WT, ST]]`, `[n: 0..3]`, `[layer2: layer]`: which points of an axis are kept. */

import type { Argument, Expression } from "../../../grammar/syntax.js";
import { didYouMean } from "../messages.js";
import type { Axis, AxisPoint, Cell } from "../study.js";
import { innerAxes } from "./axes.js";
import { followingEntry, isFollowed } from "./following.js";
import type { Names, Scope } from "./scope.js";
import type { TableSignature } from "./signature.js";
import { expressionText } from "./text.js";
import type { Following, Slice, SliceEntry } from "./types.js";

/** Of the written number: `50%` is 0.5. */
function numberOf(expression: Expression): number | undefined {
  if (expression.kind === "unary" && expression.operator === "-") {
    const value = numberOf(expression.operand);
    return value === undefined ? undefined : -value;
  }
  if (expression.kind !== "number") {
    return undefined;
  }
  return expression.unit?.text === "%" ? expression.value / 100 : expression.value;
}

function isPoint({ role }: Axis, point: AxisPoint, expression: Expression): boolean {
  const text = expression.kind === "string" ? expression.value : expressionText(expression);
  // `on: [target.test, site.all]` calls its points `test` and `site.all`
  if (point.label === text || (role === "split" && `target.${point.label}` === text)) {
    return true;
  }
  const value = numberOf(expression);
  return value !== undefined && typeof point.value === "number" && point.value === value;
}

/** The points one value of a slice names; an axis whose points are not known before the run takes any name. */
function pointsOf(axis: Axis, expression: Expression): readonly AxisPoint[] {
  if (expression.kind === "range") {
    const from = numberOf(expression.from);
    const to = numberOf(expression.to);
    return axis.points.filter(
      ({ value }) =>
        from !== undefined && to !== undefined && typeof value === "number" && value >= from && value <= to,
    );
  }
  if (axis.points.length === 0) {
    const label = expression.kind === "string" ? expression.value : expressionText(expression);
    return [{ label, value: numberOf(expression) ?? label }];
  }
  return axis.points.filter((point) => isPoint(axis, point, expression));
}

function entryOf(
  names: Names,
  scope: Scope,
  table: TableSignature,
  axes: ReadonlyMap<string, Axis>,
  axis: Axis,
  value: Expression,
): SliceEntry | undefined {
  const followed = axis.points.some((point) => isPoint(axis, point, value))
    ? undefined
    : followingEntry(names.context, table, axes, axis, value);
  if (followed !== undefined) {
    return followed;
  }
  const wanted = value.kind === "list" ? value.items.map((item) => item.value) : [value];
  const points: AxisPoint[] = [];
  for (const expression of wanted) {
    if (expression.kind === "missing") {
      return undefined;
    }
    const isAxis = expression.kind === "name" && axes.has(expression.text);
    const found = isAxis && axis.points.length === 0 ? [] : pointsOf(axis, expression);
    if (found.length === 0) {
      const name = expressionText(expression);
      const labels = axis.points.map((point) => point.label);
      const extras = names.respelling(scope, expression, name, labels);
      names.report(
        scope,
        expression,
        "unknown-point",
        { name, axis: axis.name, hint: didYouMean(name, labels) },
        extras,
      );
      return undefined;
    }
    points.push(...found.filter((point) => !points.includes(point)));
  }
  const single = value.kind !== "list" && value.kind !== "range";
  return { points, keep: !single };
}

function replicateEntry(
  names: Names,
  scope: Scope,
  axis: "repeat" | "fold",
  value: Expression,
): SliceEntry | undefined {
  if (axis === "repeat" && value.kind === "name" && value.text === "other") {
    names.report(scope, value, "repeat-other-of-numbers", {});
    return undefined;
  }
  const wanted = value.kind === "list" ? value.items.map((item) => item.value) : [value];
  const numbers = wanted.map(numberOf);
  const points = numbers.flatMap((number) =>
    number !== undefined && Number.isInteger(number) && number >= 1 ? [{ label: String(number), value: number }] : [],
  );
  if (points.length !== wanted.length || points.length === 0) {
    names.report(scope, value, "unknown-point", {
      name: expressionText(value),
      axis,
      hint: `${axis}s are numbered from 1`,
    });
    return undefined;
  }
  return { points, keep: value.kind === "list" };
}

/** Undefined where something was wrong; it has been reported. */
export function readSlice(
  names: Names,
  scope: Scope,
  table: TableSignature,
  args: readonly Argument[],
  before: Slice,
): Slice | undefined {
  const inner = table.columns.flatMap((column) => innerAxes(column.inner));
  const axes = new Map<string, Axis>(table.axes.map((axis) => [axis.name, axis]));
  for (const { axis, alias } of inner) {
    axes.set(axis.name, axis).set(alias, axis);
  }
  const folded = table.cells.some(({ fold }) => fold !== undefined);
  const slice: Record<string, SliceEntry> = { ...before };
  for (const argument of args) {
    if (argument.name === undefined) {
      if (argument.value.kind !== "missing") {
        names.report(scope, argument, "slice-without-axis", {
          point: expressionText(argument.value),
          axis: axisHolding(table.axes, argument.value) ?? "axis",
        });
      }
      return undefined;
    }
    const name = argument.name.text;
    const axis = axes.get(name);
    const replicate = name === "repeat" || (name === "fold" && folded) ? name : undefined;
    if (axis === undefined && replicate === undefined) {
      const known = [...axes.keys(), "repeat", ...(folded ? ["fold"] : [])];
      const extras = names.respelling(scope, argument.name, name, known);
      names.report(
        scope,
        argument.name,
        "unknown-axis",
        { name, table: table.name, hint: didYouMean(name, known) },
        extras,
      );
      return undefined;
    }
    const key = axis?.name ?? name;
    if (slice[key] !== undefined) {
      names.report(scope, argument.name, "axis-sliced-twice", { axis: name });
      return undefined;
    }
    const entry =
      axis === undefined
        ? replicateEntry(names, scope, replicate ?? "repeat", argument.value)
        : entryOf(names, scope, table, axes, axis, argument.value);
    if (entry === undefined) {
      return undefined;
    }
    slice[key] = entry;
  }
  return slice;
}

function axisHolding(axes: readonly Axis[], value: Expression): string | undefined {
  return axes.find((axis) => axis.points.some((point) => isPoint(axis, point, value)))?.name;
}

function labelAt(cell: Cell, { axis }: Following): string | undefined {
  return cell.point[axis]?.label;
}

/** The cells a slice keeps; entries of inner axes say nothing about cells. */
export function selectCells(cells: readonly Cell[], slice: Slice): readonly Cell[] {
  const entries = Object.entries(slice);
  if (entries.length === 0) {
    return cells;
  }
  const repeats = slice.repeat?.points.map((point) => point.value);
  const labels = entries.flatMap(([axis, { points, follows }]) =>
    axis === "repeat" ? [] : [{ axis, wanted: new Set(points.map((point) => point.label)), follows }],
  );
  // the repeats of a point stand side by side and share it
  let asked: Cell["point"] | undefined;
  let kept = false;
  return cells.filter((cell) => {
    if (cell.point !== asked) {
      asked = cell.point;
      kept = labels.every(({ axis, wanted, follows }) => {
        const at = cell.point[axis];
        if (at === undefined) return true;
        return follows === undefined ? wanted.has(at.label) : isFollowed(follows, at.label, labelAt(cell, follows));
      });
    }
    return kept && (repeats === undefined || repeats.includes(cell.repeat));
  });
}
