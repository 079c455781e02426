/** All rows of a run, indexed by table and measure, with every axis' points in the study's order. */

import type { AxisPoint, Scalar } from "../../compiler/study.js";
import { AxisIndex, type ColumnOutline, type Outline, type TableOutline } from "./outline.js";
import type { ResultRow } from "./types.js";

export interface ColumnKey {
  readonly table: string;
  readonly column: string;
}

function keyOf({ table, column }: ColumnKey): string {
  return `${table}\u0000${column}`;
}

export class ResultSet {
  readonly outline: Outline;
  readonly rows: readonly ResultRow[];
  readonly #tables: ReadonlyMap<string, TableOutline>;
  readonly #byColumn = new Map<string, ResultRow[]>();
  readonly #axes = new Map<string, AxisIndex>();

  constructor(outline: Outline, rows: readonly ResultRow[]) {
    this.outline = outline;
    this.rows = rows;
    this.#tables = new Map(outline.tables.map((table) => [table.name, table]));
    for (const row of rows) {
      const key = keyOf({ table: row.experiment, column: row.measure });
      const bucket = this.#byColumn.get(key);
      if (bucket === undefined) {
        this.#byColumn.set(key, [row]);
      } else {
        bucket.push(row);
      }
      for (const [axis, value] of Object.entries(row.axes)) {
        this.axis(row.experiment, axis).place(value);
      }
    }
  }

  of(key: ColumnKey): readonly ResultRow[] {
    return this.#byColumn.get(keyOf(key)) ?? [];
  }

  table(name: string): TableOutline | undefined {
    return this.#tables.get(name);
  }

  column({ table, column }: ColumnKey): ColumnOutline | undefined {
    return this.#tables.get(table)?.columns.find((each) => each.name === column);
  }

  /** Outer axes in the order of the table, then the column's own. */
  axisNames(key: ColumnKey): readonly string[] {
    const outer = this.#tables.get(key.table)?.axes ?? [];
    const inner = this.column(key)?.inner ?? [];
    return [...outer, ...inner].map((axis) => axis.name);
  }

  axis(table: string, name: string): AxisIndex {
    const key = `${table}\u0000${name}`;
    const known = this.#axes.get(key);
    if (known !== undefined) {
      return known;
    }
    const outline = this.#tables.get(table);
    const inner = outline?.columns.flatMap((column) => column.inner) ?? [];
    const declared = [...(outline?.axes ?? []), ...inner].find((axis) => axis.name === name);
    const index = new AxisIndex(declared?.points);
    this.#axes.set(key, index);
    return index;
  }

  label(table: string, axis: string, value: Scalar): string {
    return this.axis(table, axis).label(value);
  }

  /** Points of an axis over all tables that have it, in the order of each: layers in model order. */
  pointsOf(axis: string, tables: readonly string[]): readonly AxisPoint[] {
    const found = new Map<string, AxisPoint>();
    for (const table of tables) {
      for (const point of this.axis(table, axis).points) {
        if (!found.has(point.label)) {
          found.set(point.label, point);
        }
      }
    }
    return [...found.values()];
  }
}
