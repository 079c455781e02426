/** "Every axis must be seen": the error that says which is not, with the three ways out. */

import type { Spanned } from "../../../grammar/syntax.js";
import type { Axis } from "../study.js";
import { axisWithPoints, counted, enumerated } from "./axes.js";
import type { Names, Scope, SlicedTable } from "./scope.js";

export interface Unplaced {
  /** `cell test`, `y test`. */
  readonly what: string;
  /** `test`: what a mean would be taken of. */
  readonly inner: string;
  /** The setting that could hold the axis, as it would read: `rows model, init`. */
  add(axis: string): string;
  readonly from: readonly SlicedTable[];
}

/** True where all axes are placed. */
export function allPlaced(
  names: Names,
  scope: Scope,
  at: Spanned,
  axes: readonly Axis[],
  placed: readonly string[],
  wording: Unplaced,
): boolean {
  const open = axes.filter((axis) => !placed.includes(axis.name) && axis.points.length !== 1);
  const [first] = open;
  if (first === undefined) {
    return true;
  }
  const setting = wording.what.split(" ")[0] ?? "cell";
  const over = open.length === 1 ? first.name : `[${open.map((axis) => axis.name).join(", ")}]`;
  const owner = wording.from.find((table) => ownAxis(table, first.name));
  names.report(scope, at, "axis-not-placed", {
    what: wording.what,
    count: enumerated(open.map(counted)),
    axes: enumerated(open.map(axisWithPoints)),
    add: wording.add(open.map((axis) => axis.name).join(", ")),
    choose: `from ${owner?.signature.name ?? "main"}[${open.map((axis) => `${axis.name}: ${axis.points.at(-1)?.label ?? "…"}`).join(", ")}]`,
    mean: `${setting} mean(${wording.inner}, over: ${over})`,
  });
  return false;
}

function ownAxis(table: SlicedTable, name: string): boolean {
  return (
    table.signature.axes.some((axis) => axis.name === name) ||
    table.signature.columns.some((column) => column.inner.some((axis) => axis.name === name || axis.role === name))
  );
}
