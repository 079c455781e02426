/** Axes, columns and slices of tables that tests make up. */

import type { Slice } from "../../../src/compiler/outputs/types.js";
import type { AxisPoint } from "../../../src/compiler/study.js";
import type { AxisOutline } from "../../../src/runtime/results/outline.js";

type Label = string | number;

export const points = (labels: readonly Label[]): readonly AxisPoint[] =>
  labels.map((value) => ({ label: String(value), value }));

export const axis = (name: string, role: AxisOutline["role"], labels: readonly Label[]): AxisOutline => ({
  name,
  role,
  points: points(labels),
});

export const column = (name: string, inner: readonly AxisOutline[] = [], metric = "top1") => ({
  name,
  metric,
  estimator: "",
  inner,
  aliases: {},
  grid: null,
});

/** The one point of each axis. */
export const at = (point: { readonly [axis: string]: Label }): Slice =>
  Object.fromEntries(Object.entries(point).map(([name, value]) => [name, { points: points([value]), keep: false }]));
