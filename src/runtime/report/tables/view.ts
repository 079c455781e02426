/** A table's numbers in their places: rows and columns in declared order, the best of every group marked. */

import type { CellSpec, Quantity, TableSpec } from "../../../compiler/outputs/types.js";
import type { Axis } from "../../../compiler/study.js";
import type { ResultSet } from "../../results/dataset.js";
import { evaluateQuantity } from "../../results/evaluate.js";
import { type DeriveOutline, deriveTable } from "../../results/outline.js";
import {
  foldsText,
  keyOf,
  type PointSummary,
  type Series,
  type SeriesPoint,
  summarizePoint,
} from "../../results/series.js";
import { metricsOf } from "../metrics.js";
import { type Scale, scaleFor, scaleOfP } from "../numbers.js";
import { bestKeys, type Contestant } from "./best.js";

export interface TableView {
  readonly name: string;
  readonly rowAxes: readonly string[];
  readonly columnAxes: readonly string[];
  /** What stands in a cell, one or several side by side. */
  readonly cells: readonly CellView[];
  readonly columns: readonly ColumnView[];
  readonly rows: readonly TableRow[];
  /** Replicates behind a cell, where all agree; null where they differ and each cell says its own. */
  readonly n: number | null;
  /** `5 folds × 3 repeats`, where there are folds. */
  readonly folds: string | null;
  /** Whether the numbers are of pairs of repeats. */
  readonly pairs: boolean;
  /** `single`: one repeat behind every number. `pooled`: a number made of all repeats. */
  readonly spread: "sd" | "single" | "pooled";
  /** Some numbers are made of all repeats and have no spread, beside others that have one. */
  readonly mixed: boolean;
  readonly best: TableSpec["best"];
  readonly noteLabel: string | null;
  /** How the note's derive is made. */
  readonly noteFormula: string | null;
  /** The note's metric, or `p`. */
  readonly noteMetric: string | null;
}
export interface CellView {
  /** `test`, or the arithmetic as written. */
  readonly label: string;
  readonly scale: Scale;
  /** What the numbers are, by target where targets differ: `top1`, or `top1 (digits), macro_recall (brain)`. */
  readonly metric: string;
  readonly estimator: string | null;
  /** How a derive is made: `main.test[init: WT] - main.test[init: RI]`. */
  readonly formula: string | null;
  readonly direction: CellSpec["direction"];
  /** Replicates behind each of its numbers, where all agree. */
  readonly n: number | null;
}
export interface ColumnView {
  /** Along the column axes; then, where several numbers stand in a cell, which it is. Empty in a table without either. */
  readonly heads: readonly string[];
  readonly cell: CellView;
}
export interface TableRow {
  readonly labels: readonly string[];
  /** One a column. */
  readonly cells: readonly TableCell[];
}
export interface TableCell {
  /** Null where there is no such cell in the study, or it was never run. */
  readonly summary: PointSummary | null;
  readonly best: boolean;
  readonly note: number | null;
}

type Labels = { readonly [axis: string]: string };

/** Distinct points along some axes, each axis in declared order. */
function headsAlong(all: readonly Series[], axes: readonly Axis[], order: AxisOrder): readonly Labels[] {
  const heads = new Map<string, Labels>();
  const names = axes.map((axis) => axis.name);
  // one that lacks an axis stands beside all of its points, and has no head of its own
  const whole = all.filter((series) => names.every((name) => series.axes.includes(name)));
  const points = (whole.length === 0 ? all : whole).flatMap((series) =>
    // of a probe that failed nobody knows the layers
    whole.length === 0
      ? series.points
      : series.points.filter(({ at }) => names.every((name) => at[name] !== undefined)),
  );
  for (const { at } of points) {
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

function deriveOf(quantity: Quantity, results: ResultSet): DeriveOutline | undefined {
  return quantity.kind === "derive" ? results.outline.derives.find((each) => each.name === quantity.name) : undefined;
}

/** One of the numbers of a cell, at every point. */
interface Numbers {
  readonly view: CellView;
  readonly series: Series;
  readonly points: readonly Contestant[];
  at(labels: Labels): Omit<TableCell, "note">;
}

function numbersOf(spec: TableSpec, cell: CellSpec, results: ResultSet): Numbers {
  const series = evaluateQuantity(cell.quantity, results);
  const own = placedAxes(spec).filter((axis) => series.axes.includes(axis));
  const points = series.points.map(({ at, value }) => ({ at, value, summary: summarizePoint(value) }));
  const known = new Map(points.map(({ at, summary }) => [keyOf(at, own), summary]));
  const lost = points.filter(({ at }) => own.some((axis) => at[axis] === undefined));
  const best = bestKeys(spec.best, cell.direction, own, points);
  const summaryAt = (labels: Labels): PointSummary | null =>
    known.get(keyOf(labels, own)) ??
    lost.find(({ at }) => own.every((axis) => at[axis] === undefined || at[axis] === labels[axis]))?.summary ??
    null;
  return {
    view: {
      label: cell.label,
      scale: (cell.metric === "p" ? scaleOfP : scaleFor)(points.map(({ summary }) => summary.mean)),
      metric: metricsOf(cell.quantity, results, cell.metric),
      estimator: cell.estimator ?? null,
      formula: deriveOf(cell.quantity, results)?.text ?? null,
      direction: cell.direction,
      n: onlyOne(points.map(({ summary }) => summary.n)),
    },
    series,
    points,
    at: (labels) => ({ summary: summaryAt(labels), best: best.has(keyOf(labels, own)) }),
  };
}

function onlyOne(numbers: readonly number[]): number | null {
  const [first] = numbers;
  return first !== undefined && numbers.every((each) => each === first) ? first : null;
}

function columnsOf(spec: TableSpec, numbers: readonly Numbers[], order: AxisOrder) {
  const heads = headsAlong(
    numbers.map(({ series }) => series),
    spec.columns,
    order,
  );
  const several = numbers.length > 1;
  return heads.flatMap((at) =>
    numbers.map((each) => ({
      at,
      numbers: each,
      heads: [...spec.columns.map((axis) => at[axis.name] ?? ""), ...(several ? [each.view.label] : [])],
    })),
  );
}

export function viewTable(spec: TableSpec, results: ResultSet): TableView {
  const numbers = spec.cells.map((cell) => numbersOf(spec, cell, results));
  const order = new AxisOrder(spec, results);
  const placed = placedAxes(spec);
  const noteSeries = spec.note && evaluateQuantity(spec.note.value, results);
  const notes =
    noteSeries &&
    lookup(
      noteSeries.points,
      placed.filter((axis) => noteSeries.axes.includes(axis)),
      ({ value }) => summarizePoint(value).mean,
    );
  const columns = columnsOf(spec, numbers, order);
  const series = numbers.map((each) => each.series);
  const rows = headsAlong(series, spec.rows, order).map(
    (row): TableRow => ({
      labels: spec.rows.map((axis) => row[axis.name] ?? ""),
      cells: columns.map(({ at: column, numbers: own }): TableCell => {
        const at = { ...row, ...column };
        // a note is of the first number
        return { ...own.at(at), note: own === numbers[0] ? (notes?.(at) ?? null) : null };
      }),
    }),
  );
  const noteDerive = spec.note && deriveOf(spec.note.value, results);
  const summaries = numbers.flatMap(({ points }) => points.map(({ summary }) => summary));
  const pooled = summaries.filter((summary) => summary.pooled).length;
  return {
    name: spec.name,
    rowAxes: spec.rows.map((axis) => axis.name),
    columnAxes: spec.columns.map((axis) => axis.name),
    cells: numbers.map(({ view }) => view),
    columns: columns.map(({ heads, numbers: { view } }) => ({ heads, cell: view })),
    rows,
    n: onlyOne(summaries.map(({ n }) => n)),
    folds: foldsText(summaries),
    pairs: summaries.some(({ pairs }) => pairs === true),
    spread: pooled === summaries.length ? "pooled" : summaries.some((summary) => summary.n > 1) ? "sd" : "single",
    mixed: pooled > 0 && pooled < summaries.length,
    best: spec.best,
    noteLabel: spec.note?.label ?? null,
    noteFormula: noteDerive?.text ?? null,
    noteMetric: noteDerive?.metric ?? null,
  };
}
