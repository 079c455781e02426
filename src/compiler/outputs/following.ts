/** `[layer2: layer]`, `[n: model.units]`: a slice whose point another axis tells. */

import type { Expression } from "../../../grammar/syntax.js";
import type { Axis } from "../study.js";
import { sharedPoints } from "./axes.js";
import type { OutputsContext, TableSignature } from "./signature.js";
import { isSlot, subjectOf } from "./subjects.js";
import type { Following, SliceEntry } from "./types.js";

/** Undefined where the expression names no other axis, and no property of one whose values are points of this axis. */
export function followingEntry(
  context: OutputsContext,
  table: TableSignature,
  axes: ReadonlyMap<string, Axis>,
  axis: Axis,
  value: Expression,
): SliceEntry | undefined {
  if (value.kind === "name") {
    const other = axes.get(value.text);
    if (other === undefined || other.name === axis.name || other.role !== axis.role) {
      return undefined;
    }
    // layers are not always known before the run
    const points = sharedPoints(axis, other);
    const unknown = axis.points.length === 0 && other.points.length === 0;
    return points.length === 0 && !unknown ? undefined : { points, keep: false, follows: { axis: other.name } };
  }
  if (value.kind !== "member" || value.object.kind !== "name") {
    return undefined;
  }
  return byProperty(context, table, axis, value.object.text, value.name.text);
}

/** Where the property has the same value everywhere it is one point like any other. */
function byProperty(
  context: OutputsContext,
  table: TableSignature,
  axis: Axis,
  root: string,
  property: string,
): SliceEntry | undefined {
  const other = table.axes.find((each) => each.name === root);
  const slot = other === undefined ? root : other.role;
  if (!isSlot(slot)) {
    return undefined;
  }
  const labels: { [label: string]: string } = {};
  for (const cell of table.cells) {
    const at = other === undefined ? "" : (cell.point[other.name]?.label ?? "");
    const subject = at in labels ? undefined : subjectOf(cell, slot);
    const found = subject && context.property(subject, property);
    const point = found?.status === "known" ? axis.points.find((each) => each.value === found.value)?.label : undefined;
    if (point !== undefined) {
      labels[at] = point;
    }
  }
  const kept = new Set(Object.values(labels));
  const points = axis.points.filter(({ label }) => kept.has(label));
  if (points.length === 0) {
    return undefined;
  }
  return { points, keep: false, ...(other === undefined ? {} : { follows: { axis: other.name, points: labels } }) };
}

/**
 * Whether a point is kept; one without either axis is.
 * @param own its label on the sliced axis
 * @param other its label on the axis that is followed
 */
export function isFollowed({ points }: Following, own: string | undefined, other: string | undefined): boolean {
  return own === undefined || other === undefined || own === (points === undefined ? other : points[other]);
}
