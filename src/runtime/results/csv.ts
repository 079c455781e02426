/** results.csv and summary.csv: tidy, a row a number; floats as the shortest text that reads back the same. */

import Papa from "papaparse";
import { OTHER_REPEAT } from "../../compiler/study.js";
import type { ResultSet } from "./dataset.js";
import type { SummaryRow } from "./summary.js";
import type { ResultRow } from "./types.js";

export type CsvCell = string | number | boolean | null;

/** Text that a spreadsheet would take for a formula is quoted with an apostrophe; numbers never are. */
export function toCsv(fields: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  const data = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" && !Number.isFinite(cell) ? "" : (cell ?? ""))),
  );
  return `${Papa.unparse({ fields: [...fields], data }, { newline: "\n", escapeFormulae: true })}\n`;
}

/** Every axis of every table, in order of first appearance; `repeat` is a column of its own. */
export function axisColumns(
  results: ResultSet,
  include: (table: string, column: string) => boolean,
): readonly string[] {
  const names = new Set<string>();
  const inner = new Set<string>();
  for (const table of results.outline.tables) {
    for (const column of table.columns) {
      if (include(table.name, column.name)) {
        for (const axis of table.axes) {
          (axis.role === "layer" ? inner : names).add(axis.name);
        }
        for (const axis of column.inner) {
          inner.add(axis.name);
        }
      }
    }
  }
  for (const replicate of ["fold", OTHER_REPEAT]) {
    if (results.rows.some(({ axes, experiment, measure }) => replicate in axes && include(experiment, measure))) {
      inner.add(replicate);
    }
  }
  return [...names, ...[...inner].filter((axis) => !names.has(axis))];
}

const AFTER_AXES = ["repeat", "seed", "measure", "metric", "estimator", "value", "status", "node", "reason"] as const;

/** Columns of intervals and of bounds come last, and only where some number has one. */
export function resultsCsv(rows: readonly ResultRow[], axes: readonly string[]): string {
  const intervals = rows.some(({ low }) => low !== undefined);
  const bounds = rows.some(({ above }) => above !== undefined);
  return toCsv(
    ["experiment", ...axes, ...AFTER_AXES, ...(intervals ? ["ci_low", "ci_high"] : []), ...(bounds ? ["above"] : [])],
    rows.map((row) => [
      row.experiment,
      ...axes.map((axis) => row.axes[axis] ?? null),
      row.repeat,
      row.seed,
      row.measure,
      row.metric,
      row.estimator,
      row.value,
      row.status,
      row.node,
      row.reason ?? null,
      ...(intervals ? [row.low ?? null, row.high ?? null] : []),
      ...(bounds ? [row.above ?? null] : []),
    ]),
  );
}

/** `missing` counts all that have no number, `not_reached` those of them that were not reached; only where there are some. */
export function summaryCsv(rows: readonly SummaryRow[], axes: readonly string[]): string {
  const unreached = rows.some((row) => row.unreached !== undefined);
  const numbers = ["mean", "sd", "n", "ci_low", "ci_high", "missing", ...(unreached ? ["not_reached"] : [])];
  return toCsv(
    ["experiment", ...axes, "measure", "metric", "estimator", ...numbers],
    rows.map((row) => [
      row.experiment,
      ...axes.map((axis) => row.axes[axis] ?? null),
      row.measure,
      row.metric,
      row.estimator,
      row.mean,
      row.sd,
      row.n,
      row.low,
      row.high,
      row.missing,
      ...(unreached ? [row.unreached ?? 0] : []),
    ]),
  );
}
