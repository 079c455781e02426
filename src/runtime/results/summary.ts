/** Derived numbers as rows, and a line of statistics for every point of every measure. */

import { OTHER_REPEAT, type Scalar } from "../../compiler/study.js";
import type { ResultSet } from "./dataset.js";
import { evaluateQuantity } from "./evaluate.js";
import { type DeriveOutline, deriveTable } from "./outline.js";
import { type Replicate, replicateOf } from "./replicates.js";
import { type PointSummary, type SeriesPoint, summarizePoint, unreachedIn } from "./series.js";
import type { ResultRow } from "./types.js";

export interface SummaryRow extends PointSummary {
  readonly experiment: string;
  readonly axes: { readonly [axis: string]: Scalar };
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
}

/** Labels back to the values of a table's axes. */
function valuesOf(
  results: ResultSet,
  table: string,
  at: { readonly [axis: string]: string },
): { readonly [axis: string]: Scalar } {
  return Object.fromEntries(
    Object.entries(at).map(([axis, label]) => {
      const index = results.axis(table, axis);
      return [axis, index.points[index.place(label)]?.value ?? label];
    }),
  );
}

/** Why a derived number has no value. */
interface Absence {
  readonly reason?: string;
  readonly unreached?: number;
}

function pointRows(results: ResultSet, derive: DeriveOutline, { at, value }: SeriesPoint): readonly ResultRow[] {
  const table = deriveTable(derive.name);
  const shared = {
    experiment: table,
    axes: valuesOf(results, table, at),
    seed: null,
    measure: derive.name,
    metric: derive.metric,
    estimator: derive.estimator,
    node: "",
  };
  const stated = value.kind === "pooled" && value.stated !== undefined ? value.stated : undefined;
  const around = stated === undefined ? {} : { low: stated.low, high: stated.high };
  const row = (replicate: Partial<Replicate>, number: number, { reason, unreached }: Absence): ResultRow => {
    const { repeat, fold, other } = replicate;
    const of = {
      ...shared,
      axes: {
        ...shared.axes,
        ...(fold === undefined ? {} : { fold: Number(fold) }),
        ...(other === undefined ? {} : { [OTHER_REPEAT]: Number(other) }),
      },
      repeat: repeat === undefined ? null : Number(repeat),
    };
    if (Number.isFinite(number)) return { ...of, value: number, ...around, status: "ok" };
    return unreached && reason === undefined
      ? { ...of, value: Number.NaN, status: "not_reached", reason: "a number it needs was not reached" }
      : {
          ...of,
          value: Number.NaN,
          status: "failed",
          reason: reason ?? "a number it needs is missing or it is undefined",
        };
  };
  return value.kind === "pooled"
    ? [row({}, value.at(value.replicates), { ...value, unreached: unreachedIn(value).size })]
    : [...value.observations].map(([id, observation]) => row(replicateOf(id), observation.value, observation));
}

/** Rows of all derived quantities; a derived probe's are among the measured ones. */
export function deriveRows(results: ResultSet): readonly ResultRow[] {
  return results.outline.derives.flatMap((derive) =>
    derive.quantity === null
      ? []
      : evaluateQuantity({ kind: "derive", name: derive.name, slice: {} }, results).points.flatMap((point) =>
          pointRows(results, derive, point),
        ),
  );
}

/** Mean, spread and interval of every point of every measure and derive, in the order of results. */
export function summaryRows(results: ResultSet): readonly SummaryRow[] {
  return results.outline.tables.flatMap((table) => {
    const derived = results.outline.derives.find((derive) => deriveTable(derive.name) === table.name);
    return table.columns.flatMap((column) => {
      const series = evaluateQuantity(
        derived === undefined
          ? { kind: "column", table: table.name, column: column.name, slice: {} }
          : { kind: "derive", name: derived.name, slice: {} },
        results,
      );
      const metrics = metricsByPoint(results, table.name, column.name, series.axes);
      return series.points.map(({ at, value }): SummaryRow => {
        const key = JSON.stringify(series.axes.map((axis) => at[axis] ?? null));
        return {
          experiment: table.name,
          axes: valuesOf(results, table.name, at),
          measure: column.name,
          metric: metrics.get(key) ?? column.metric,
          estimator: column.estimator,
          ...summarizePoint(value),
        };
      });
    });
  });
}

/** `target.metric` is another metric for every target: rows say which. */
function metricsByPoint(
  results: ResultSet,
  table: string,
  column: string,
  axes: readonly string[],
): ReadonlyMap<string, string> {
  const metrics = new Map<string, string>();
  for (const row of results.of({ table, column })) {
    const labels = axes.map((axis) => {
      const value = row.axes[axis];
      return value === undefined ? null : results.label(table, axis, value);
    });
    metrics.set(JSON.stringify(labels), row.metric);
  }
  return metrics;
}
