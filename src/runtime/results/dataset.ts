/** All rows of a run, indexed by table and measure, with every axis' points in the study's order. */

import type { AxisPoint, Scalar } from "../../compiler/study.js";
import { mergeOrders } from "./orders.js";
import { AxisIndex, type ColumnOutline, type Outline, type TableOutline } from "./outline.js";
import type { ResultRow } from "./types.js";

export interface ColumnKey {
  readonly table: string;
  readonly column: string;
}

function keyOf({ table, column }: ColumnKey): string {
  return `${table}\u0000${column}`;
}

/** Points of layers, and of axes whose points the study does not list, merged from the order each cell gives them in. */
function appearance(outline: Outline, rows: readonly ResultRow[]): ReadonlyMap<string, readonly Scalar[]> {
  const open = new Map<string, Set<string>>();
  for (const table of outline.tables) {
    for (const axis of [...table.axes, ...table.columns.flatMap((column) => column.inner)]) {
      if (axis.points.length === 0 || axis.role === "layer") {
        open.set(table.name, (open.get(table.name) ?? new Set()).add(axis.name));
      }
    }
  }
  const values = new Map<string, Scalar>();
  const sequences = new Map<string, Map<string, Set<string>>>();
  for (const { experiment, measure, repeat, axes } of rows) {
    const openHere = open.get(experiment);
    if (openHere === undefined) {
      continue;
    }
    // one cell's rows of one measure, be they a probe's or a loop's
    let series = `${measure}\u0000${repeat}`;
    const own: (readonly [axis: string, value: Scalar])[] = [];
    for (const axis of Object.keys(axes)) {
      const value = axes[axis];
      if (value === undefined) {
        continue;
      }
      if (openHere.has(axis)) {
        own.push([axis, value]);
      } else {
        series += `\u0000${axis}\u0000${typeof value}\u0000${value}`;
      }
    }
    for (const [axis, value] of own) {
      const key = `${experiment}\u0000${axis}`;
      const label = String(value);
      const bySeries = sequences.get(key) ?? new Map<string, Set<string>>();
      sequences.set(key, bySeries);
      const sequence = bySeries.get(series) ?? new Set<string>();
      bySeries.set(series, sequence);
      sequence.add(label);
      values.set(label, value);
    }
  }
  const merged = new Map<string, readonly Scalar[]>();
  for (const [key, bySeries] of sequences) {
    const distinct = new Map([...bySeries.values()].map((labels) => [[...labels].join("\u0001"), [...labels]]));
    merged.set(
      key,
      mergeOrders([...distinct.values()]).map((label) => values.get(label) ?? label),
    );
  }
  return merged;
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
    }
    for (const [key, labels] of appearance(outline, rows)) {
      this.#axes.set(key, new AxisIndex(labels.map((label) => ({ label: String(label), value: label }))));
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

  /** Points of an axis over some tables, in the order of each: layers in model order. */
  pointsOf(axis: string, tables: readonly string[]): readonly AxisPoint[] {
    const lists = tables.map((table) => this.axis(table, axis).points);
    const points = new Map(lists.flat().map((point) => [point.label, point]));
    return mergeOrders(lists.map((list) => list.map((point) => point.label))).flatMap(
      (label) => points.get(label) ?? [],
    );
  }
}
