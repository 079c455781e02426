/** The order of rows: experiment, axes, repeat, measure; each as the study declares them, layers as the model has them. */

import { OTHER_REPEAT } from "../../compiler/study.js";
import type { ResultSet } from "./dataset.js";
import type { TableOutline } from "./outline.js";
import type { ResultRow } from "./types.js";

interface Keyed {
  readonly row: ResultRow;
  readonly key: readonly number[];
}

function compare(first: readonly number[], second: readonly number[]): number {
  const length = Math.max(first.length, second.length);
  for (let index = 0; index < length; index++) {
    const difference = (first[index] ?? -1) - (second[index] ?? -1);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

/** A table's own axes, then the inner axes of all its columns. */
function tableAxes(table: TableOutline): readonly string[] {
  return [...new Set([...table.axes, ...table.columns.flatMap((column) => column.inner)].map((axis) => axis.name))];
}

export function sortRows(results: ResultSet): readonly ResultRow[] {
  const tables = new Map(results.outline.tables.map((table, place) => [table.name, place]));
  const columns = new Map(
    results.outline.tables.flatMap((table) =>
      table.columns.map((column, place) => [`${table.name}\u0000${column.name}`, place] as const),
    ),
  );
  const indexed = (table: string, axes: readonly string[]) =>
    axes.map((axis) => [axis, results.axis(table, axis)] as const);
  const axesOf = new Map(results.outline.tables.map((table) => [table.name, indexed(table.name, tableAxes(table))]));
  const keyed = results.rows.map((row): Keyed => {
    const { experiment: table, measure: column } = row;
    const key = [tables.get(table) ?? tables.size];
    for (const [axis, index] of axesOf.get(table) ?? indexed(table, Object.keys(row.axes).sort())) {
      const value = row.axes[axis];
      key.push(value === undefined ? -1 : index.place(value));
    }
    const { fold = 0, [OTHER_REPEAT]: other = 0 } = row.axes;
    const place = columns.get(`${table}\u0000${column}`) ?? columns.size;
    key.push(Number(fold), row.repeat ?? 0, Number(other), place);
    return { row, key };
  });
  return keyed.sort((first, second) => compare(first.key, second.key)).map(({ row }) => row);
}
