/** Derives no table and no figure shows: the report shows them anyway, for someone wanted to know. */

import { operands } from "../../../compiler/outputs/operands.js";
import type { Quantity, TableSpec } from "../../../compiler/outputs/types.js";
import type { DeriveOutline } from "../../results/outline.js";
import type { ReportData } from "../data.js";

function derivesIn(quantity: Quantity, found: Set<string>): void {
  if (quantity.kind === "derive") {
    found.add(quantity.name);
  }
  for (const each of operands(quantity)) {
    derivesIn(each, found);
  }
}

function shownDerives({ tables, figures, outline }: ReportData): ReadonlySet<string> {
  const found = new Set<string>();
  for (const table of tables) {
    for (const cell of table.cells) {
      derivesIn(cell.quantity, found);
    }
    if (table.note !== undefined) {
      derivesIn(table.note.value, found);
    }
  }
  for (const { value } of figures.flatMap((figure) => figure.layers).flatMap((layer) => layer.channels)) {
    if (value.kind === "quantity") {
      derivesIn(value.quantity, found);
    }
  }
  for (const { quantity } of outline.derives) {
    if (quantity !== null) {
      derivesIn(quantity, found);
    }
  }
  return found;
}

/** Targets stand side by side, everything else in rows. */
function looseTable(derive: DeriveOutline, location: TableSpec["location"]): TableSpec {
  const axes = derive.axes.map((axis) => ({ ...axis, location }));
  const columns = axes.filter((axis) => axis.role === "target");
  return {
    name: derive.name,
    from: [{ table: derive.name, kind: "derive", slice: {} }],
    rows: axes.filter((axis) => !columns.includes(axis)),
    columns,
    cells: [
      {
        label: derive.name,
        quantity: { kind: "derive", name: derive.name, slice: {} },
        metric: derive.metric,
        ...(derive.estimator === "" ? {} : { estimator: derive.estimator }),
        direction: "none",
      },
    ],
    location,
  };
}

/** Layer tables are left to results.csv: they are figures, or nothing. */
export function looseDerives(data: ReportData): readonly TableSpec[] {
  const shown = shownDerives(data);
  const nowhere = { path: "", span: { start: 0, end: 0 } };
  return data.outline.derives
    .filter((derive) => !shown.has(derive.name) && !derive.axes.some((axis) => axis.role === "layer"))
    .map((derive) => looseTable(derive, nowhere));
}
