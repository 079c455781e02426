/** A table's numbers in their places: rows and columns in declared order, the best of every group marked. */

import type { Quantity, TableSpec } from "../../../compiler/outputs/types.js";
import type { Axis } from "../../../compiler/study.js";
import type { ResultSet } from "../../results/dataset.js";
import { evaluateQuantity } from "../../results/evaluate.js";
import { type DeriveOutline, deriveTable } from "../../results/outline.js";
import { foldsText, type PointSummary, type Series, type SeriesPoint, summarizePoint } from "../../results/series.js";
import { metricsOf } from "../metrics.js";
import { decimalsFor } from "../numbers.js";

export interface TableView {
  readonly name: string;
  /** `test`, or the arithmetic as written. */
  readonly label: string;
  readonly rowAxes: readonly string[];
  readonly columnAxes: readonly string[];
  /** Labels along the column axes; one empty head where a table has no columns. */
  readonly heads: readonly (readonly string[])[];
  readonly rows: readonly TableRow[];
  readonly decimals: number;
  /** Replicates behind a cell, where all agree; null where they differ and each cell says its own. */
  readonly n: number | null;
  /** `5 folds × 3 repeats`, where there are folds. */
  readonly folds: string | null;
  /** Whether the numbers are of pairs of repeats. */
  readonly pairs: boolean;
  /** `single`: one repeat behind every number. `pooled`: a number made of all repeats. */
  readonly spread: "sd" | "single" | "pooled";
  readonly best: TableSpec["best"];
  readonly noteLabel: string | null;
  /** How the note's derive is made. */
  readonly noteFormula: string | null;
  /** The note's metric, or `p`. */
  readonly noteMetric: string | null;
  /** What the numbers are, by target where targets differ: `top1`, or `top1 (digits), macro_recall (brain)`. */
  readonly metric: string;
  readonly estimator: string | null;
  /** How a derive is made: `main.test[init: WT] - main.test[init: RI]`. */
  readonly formula: string | null;
}
export interface TableRow {
  readonly labels: readonly string[];
  readonly cells: readonly TableCell[];
}
export interface TableCell {
  /** Null where there is no such cell in the study, or it was never run. */
  readonly summary: PointSummary | null;
  readonly best: boolean;
  readonly note: number | null;
}

type Labels = { readonly [axis: string]: string };

function keyOf(at: Labels, axes: readonly string[]): string {
  return JSON.stringify(axes.map((axis) => at[axis] ?? null));
}

/** Distinct points along some axes, each axis in declared order. */
function headsAlong(series: Series, axes: readonly Axis[], order: AxisOrder): readonly Labels[] {
  const heads = new Map<string, Labels>();
  const names = axes.map((axis) => axis.name);
  for (const { at } of series.points) {
    const head = Object.fromEntries(names.map((name) => [name, at[name] ?? ""]));
    heads.set(keyOf(head, names), head);
  }
  return [...heads.values()].sort((first, second) => {
    for (const name of names) {
      const difference = order.place(name, first[name] ?? "") - order.place(name, second[name] ?? "");
      if (difference !== 0) {
        return difference;
      }
    }
    return 0;
  });
}

/** Where a label stands on its axis: as declared, then as the results have it (layers). */
class AxisOrder {
  readonly #places = new Map<string, Map<string, number>>();

  constructor(spec: TableSpec, results: ResultSet) {
    const tables = spec.from.map((ref) => (ref.kind === "derive" ? deriveTable(ref.table) : ref.table));
    for (const axis of [...spec.rows, ...spec.columns]) {
      const found = results.pointsOf(axis.name, tables);
      const points = axis.role === "layer" ? [...found, ...axis.points] : [...axis.points, ...found];
      const labels = points.map((point) => point.label);
      this.#places.set(axis.name, new Map([...new Set(labels)].map((label, place) => [label, place])));
    }
  }

  place(axis: string, label: string): number {
    return this.#places.get(axis)?.get(label) ?? Number.MAX_SAFE_INTEGER;
  }
}

function bestKeys(
  spec: TableSpec,
  points: readonly { readonly at: Labels; readonly summary: PointSummary }[],
): ReadonlySet<string> {
  const keys = new Set<string>();
  const { best } = spec;
  if (best === undefined) {
    return keys;
  }
  const placed = placedAxes(spec);
  const groups = new Map<string, { readonly at: Labels; readonly summary: PointSummary }[]>();
  for (const point of points) {
    const key = keyOf(point.at, best.per);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  for (const group of groups.values()) {
    const means = group.map(({ summary }) => summary.mean);
    const winner = best.direction === "max" ? Math.max(...means) : Math.min(...means);
    // with a number missing nobody knows which is best; alone, best says nothing
    if (group.length > 1 && means.every(Number.isFinite)) {
      for (const { at, summary } of group) {
        if (summary.mean === winner) {
          keys.add(keyOf(at, placed));
        }
      }
    }
  }
  return keys;
}

function placedAxes(spec: TableSpec): readonly string[] {
  return [...spec.rows, ...spec.columns].map((axis) => axis.name);
}

/** Points under the axes they have, so that a quantity without a row's axis stands in all of its rows. */
function lookup<T>(
  points: readonly SeriesPoint[],
  axes: readonly string[],
  read: (point: SeriesPoint) => T,
): (at: Labels) => T | undefined {
  const known = new Map(points.map((point) => [keyOf(point.at, axes), read(point)]));
  return (at) => known.get(keyOf(at, axes));
}

function formulaOf({ cell }: TableSpec, results: ResultSet): string | null {
  return deriveOf(cell, results)?.text ?? null;
}

function deriveOf(quantity: Quantity, results: ResultSet): DeriveOutline | undefined {
  return quantity.kind === "derive" ? results.outline.derives.find((each) => each.name === quantity.name) : undefined;
}

export function viewTable(spec: TableSpec, results: ResultSet): TableView {
  const series = evaluateQuantity(spec.cell, results);
  const order = new AxisOrder(spec, results);
  const placed = placedAxes(spec);
  const own = placed.filter((axis) => series.axes.includes(axis));
  const summaries = lookup(series.points, own, ({ value }) => summarizePoint(value));
  const points = series.points.map(({ at, value }) => ({ at, summary: summarizePoint(value) }));
  const best = bestKeys(spec, points);
  const noteSeries = spec.note && evaluateQuantity(spec.note.value, results);
  const notes =
    noteSeries &&
    lookup(
      noteSeries.points,
      placed.filter((axis) => noteSeries.axes.includes(axis)),
      ({ value }) => summarizePoint(value).mean,
    );
  const columns = headsAlong(series, spec.columns, order);
  const rows = headsAlong(series, spec.rows, order).map(
    (row): TableRow => ({
      labels: spec.rows.map((axis) => row[axis.name] ?? ""),
      cells: columns.map((column): TableCell => {
        const at = { ...row, ...column };
        return { summary: summaries(at) ?? null, best: best.has(keyOf(at, placed)), note: notes?.(at) ?? null };
      }),
    }),
  );
  const noteDerive = spec.note && deriveOf(spec.note.value, results);
  const counts = new Set(points.map(({ summary }) => summary.n));
  const [n] = counts;
  return {
    name: spec.name,
    label: spec.cellLabel,
    rowAxes: spec.rows.map((axis) => axis.name),
    columnAxes: spec.columns.map((axis) => axis.name),
    heads: columns.map((column) => spec.columns.map((axis) => column[axis.name] ?? "")),
    rows,
    decimals: decimalsFor(points.map(({ summary }) => summary.mean)),
    n: counts.size === 1 && n !== undefined ? n : null,
    folds: foldsText(points.map(({ summary }) => summary)),
    pairs: points.some(({ summary }) => summary.pairs === true),
    spread: points.every(({ summary }) => summary.pooled)
      ? "pooled"
      : points.some(({ summary }) => summary.n > 1)
        ? "sd"
        : "single",
    best: spec.best,
    noteLabel: spec.note?.label ?? null,
    noteFormula: noteDerive?.text ?? null,
    noteMetric: noteDerive?.metric ?? null,
    metric: metricsOf(spec.cell, results, spec.metric),
    estimator: spec.estimator ?? null,
    formula: formulaOf(spec, results),
  };
}
