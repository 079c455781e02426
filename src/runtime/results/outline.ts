/** A study's tables as results need them: names, axes and the order of points; pure data that fits in a file. */

import { innerAxes } from "../../compiler/outputs/axes.js";
import type { DerivedColumn, Quantity } from "../../compiler/outputs/types.js";
import type { Axis, AxisPoint, AxisRole, CheckedStudy, Scalar } from "../../compiler/study.js";

export interface AxisOutline {
  readonly name: string;
  readonly role: AxisRole;
  /** Empty where the points are only known from the results (layers). */
  readonly points: readonly AxisPoint[];
}

export interface ColumnOutline {
  readonly name: string;
  readonly metric: string;
  readonly estimator: string;
  readonly inner: readonly AxisOutline[];
  /** The names loops were written with: `l` → `layer`. */
  readonly aliases: { readonly [written: string]: string };
  /** A layer × layer table: goes to a file of its own, named by its probe. */
  readonly grid: string | null;
}

export interface TableOutline {
  /** As results call it: an experiment's name, or `derive:NAME`. */
  readonly name: string;
  readonly axes: readonly AxisOutline[];
  readonly columns: readonly ColumnOutline[];
}

export interface DeriveOutline {
  readonly name: string;
  /** The expression, for captions. */
  readonly text: string;
  readonly perRepeat: boolean;
  readonly metric: string;
  readonly estimator: string;
  readonly axes: readonly AxisOutline[];
  /** Null for a probe: its rows are in the results. */
  readonly quantity: Quantity | null;
}

export interface Outline {
  readonly tables: readonly TableOutline[];
  readonly derives: readonly DeriveOutline[];
}

export function deriveTable(name: string): string {
  return `derive:${name}`;
}

function axisOutline({ name, role, points }: Axis): AxisOutline {
  return { name, role, points };
}

/** Layer × layer: two axes with the role of a layer. */
function gridOf(axes: readonly { readonly role: AxisRole }[], probe: string): string | null {
  return axes.filter((axis) => axis.role === "layer").length > 1 ? probe : null;
}

function deriveColumn(derive: DerivedColumn): ColumnOutline {
  const { name, metric, estimator } = derive;
  return { name, metric, estimator, inner: [], aliases: {}, grid: gridOf(derive.axes, metric) };
}

export function outlineOf(study: CheckedStudy): Outline {
  const experiments = study.experiments.map((experiment) => ({
    name: experiment.name,
    axes: experiment.axes.map(axisOutline),
    columns: experiment.measures.map((measure) => {
      const inner = innerAxes(measure.inner);
      return {
        name: measure.name,
        metric: measure.metric,
        estimator: measure.estimator,
        inner: inner.map((each) => axisOutline(each.axis)),
        aliases: Object.fromEntries(inner.map((each) => [each.alias, each.axis.name])),
        grid: gridOf(measure.inner, measure.probe),
      };
    }),
  }));
  const derives = study.derives.map((derive) => ({
    name: derive.name,
    text: derive.text ?? derive.name,
    perRepeat: derive.perRepeat,
    metric: derive.metric,
    estimator: derive.estimator,
    axes: derive.axes.map(axisOutline),
    quantity: derive.value.kind === "quantity" ? derive.value.quantity : null,
  }));
  const derived = study.derives.map((derive) => ({
    name: deriveTable(derive.name),
    axes: derive.axes.map(axisOutline),
    columns: [deriveColumn(derive)],
  }));
  return { tables: [...experiments, ...derived], derives };
}

/** Points of one axis: their label and place, found by value or label; new points are added in order of appearance. */
export class AxisIndex {
  readonly #places = new Map<string, number>();
  readonly #points: AxisPoint[] = [];

  constructor(points: readonly AxisPoint[] = []) {
    for (const point of points) {
      this.#add(point);
    }
  }

  #add(point: AxisPoint): number {
    const place = this.#points.length;
    this.#points.push(point);
    this.#places.set(point.label, place);
    const value = String(point.value);
    if (!this.#places.has(value)) {
      this.#places.set(value, place);
    }
    return place;
  }

  place(scalar: Scalar): number {
    const text = String(scalar);
    return this.#places.get(text) ?? this.#add({ label: text, value: scalar });
  }

  label(scalar: Scalar): string {
    return this.#points[this.place(scalar)]?.label ?? String(scalar);
  }

  get points(): readonly AxisPoint[] {
    return this.#points;
  }
}
