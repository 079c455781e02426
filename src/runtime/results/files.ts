/** The result files of a run folder, as bytes by name. */

import { axisColumns, resultsCsv, summaryCsv } from "./csv.js";
import { ResultSet } from "./dataset.js";
import type { Outline } from "./outline.js";
import { resultsParquet } from "./parquet.js";
import { sortRows } from "./sort.js";
import { deriveRows, summaryRows } from "./summary.js";
import type { ResultRow } from "./types.js";

/** Measured and derived rows together, sorted. */
export function withDerived(outline: Outline, rows: readonly ResultRow[]): ResultSet {
  const measured = new ResultSet(outline, rows);
  const derived = deriveRows(measured);
  const all = derived.length === 0 ? measured : new ResultSet(outline, [...rows, ...derived]);
  return new ResultSet(outline, sortRows(all));
}

/**
 * `results.csv`, `summary.csv` (a row a number; layer × layer tables apart, as `results.PROBE.csv` and
 * `summary.PROBE.csv`) and `results.parquet` with all rows.
 */
export function resultFiles(results: ResultSet): ReadonlyMap<string, string | Uint8Array> {
  const gridOf = (table: string, column: string): string | null => results.column({ table, column })?.grid ?? null;
  const grids = new Set(
    results.outline.tables.flatMap((table) => table.columns.flatMap((column) => column.grid ?? [])),
  );
  const summary = summaryRows(results);
  const files = new Map<string, string | Uint8Array>();
  for (const grid of [null, ...grids]) {
    const belongs = (row: { readonly experiment: string; readonly measure: string }): boolean =>
      gridOf(row.experiment, row.measure) === grid;
    const axes = axisColumns(results, (table, column) => gridOf(table, column) === grid);
    const suffix = grid === null ? "" : `.${grid.replace(/[^a-z0-9_-]/gi, "_")}`;
    files.set(`results${suffix}.csv`, resultsCsv(results.rows.filter(belongs), axes));
    files.set(`summary${suffix}.csv`, summaryCsv(summary.filter(belongs), axes));
  }
  files.set(
    "results.parquet",
    resultsParquet(
      results.rows,
      axisColumns(results, () => true),
    ),
  );
  return files;
}
