/** Axes by role and name: loop axes join under their role's name, points join by label. */

import type { Axis, AxisPoint } from "../study.js";

/** A column's inner axis under the name it joins by; `alias` is the name its loop was written with. */
export interface InnerAxis {
  readonly axis: Axis;
  readonly alias: string;
}

const JOINING_ROLES: ReadonlySet<string> = new Set(["layer", "split"]);
const NUMBERED = /^(?:layer|split)[0-9]*$/;

/**
 * `for l in model.layers` gives an axis `layer`, so that it joins with the layers of other probes; where the column has a
 * `layer` already, the loop keeps its own name.
 */
export function innerAxes(inner: readonly Axis[]): readonly InnerAxis[] {
  const taken = new Set(inner.filter((axis) => NUMBERED.test(axis.name)).map((axis) => axis.name));
  return inner.map((axis) => {
    const renamed = JOINING_ROLES.has(axis.role) && !NUMBERED.test(axis.name) && !taken.has(axis.role);
    if (!renamed) {
      return { axis, alias: axis.name };
    }
    taken.add(axis.role);
    return { axis: { ...axis, name: axis.role }, alias: axis.name };
  });
}

/** What both axes have, in the first one's order; an axis whose points are not known before the run has them all. */
export function sharedPoints(first: Axis, second: Axis): readonly AxisPoint[] {
  if (first.points.length === 0) {
    return second.points;
  }
  if (second.points.length === 0) {
    return first.points;
  }
  const labels = new Set(second.points.map((point) => point.label));
  return first.points.filter((point) => labels.has(point.label));
}

function allPoints(first: readonly AxisPoint[], second: readonly AxisPoint[]): readonly AxisPoint[] {
  const labels = new Set(first.map((point) => point.label));
  return [...first, ...second.filter((point) => !labels.has(point.label))];
}

/** One axis for two of a name. Whose layers they are is said only where both say the same. */
export function joined({ of, ...first }: Axis, second: Axis, points: readonly AxisPoint[]): Axis {
  return { ...first, points, ...(of !== undefined && of === second.of ? { of } : {}) };
}

/** Axes of several tables, side by side: one axis a name, with the points of all. */
export function unionAxes(...lists: readonly (readonly Axis[])[]): readonly Axis[] {
  const axes = new Map<string, Axis>();
  for (const axis of lists.flat()) {
    const before = axes.get(axis.name);
    axes.set(axis.name, before === undefined ? axis : joined(before, axis, allPoints(before.points, axis.points)));
  }
  return [...axes.values()];
}

export function isNumeric(axis: Axis): boolean {
  return axis.points.length > 0 && axis.points.every((point) => typeof point.value === "number");
}

const NUMBER_WORDS = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];

/** "three inits". */
export function counted(axis: Axis): string {
  if (axis.points.length === 0) {
    return `all of its ${axis.name}s`;
  }
  const plural = /(?:s|x|z|ch|sh)$/.test(axis.name) ? `${axis.name}es` : `${axis.name}s`;
  return `${NUMBER_WORDS[axis.points.length] ?? axis.points.length} ${axis.points.length === 1 ? axis.name : plural}`;
}

/** "init (RI, ST, WT)". */
export function axisWithPoints(axis: Axis): string {
  const labels = axis.points.map((point) => point.label);
  const shown = labels.length > 6 ? [...labels.slice(0, 5), "…", labels.at(-1)] : labels;
  return shown.length === 0 ? axis.name : `${axis.name} (${shown.join(", ")})`;
}

/** "a, b and c". */
export function enumerated(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
