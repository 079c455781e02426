/** What a quantity's numbers are called: its metric, by target where targets differ. */

import type { Quantity, Slice } from "../../compiler/outputs/types.js";
import type { ResultSet } from "../results/dataset.js";
import { deriveTable } from "../results/outline.js";
import type { ResultRow } from "../results/types.js";

interface ColumnRef {
  readonly table: string;
  readonly column: string;
  readonly slice: Slice;
}

function columnsOf(quantity: Quantity, results: ResultSet): readonly ColumnRef[] {
  switch (quantity.kind) {
    case "column":
      return [{ table: quantity.table, column: quantity.column, slice: quantity.slice }];
    case "derive": {
      const derive = results.outline.derives.find((each) => each.name === quantity.name);
      return derive?.quantity
        ? columnsOf(derive.quantity, results).map((each) => ({ ...each, slice: { ...each.slice, ...quantity.slice } }))
        : [{ table: deriveTable(quantity.name), column: quantity.name, slice: quantity.slice }];
    }
    case "arithmetic":
      return [...columnsOf(quantity.left, results), ...columnsOf(quantity.right, results)];
    case "negate":
      return columnsOf(quantity.operand, results);
    case "reduce":
    case "function":
    case "bootstrap":
      return columnsOf(quantity.of, results);
    case "constant":
    case "axis":
    case "test": // a p is in no metric, nor are these
    case "correlation":
    case "regression":
    case "label_equivalent":
      return [];
    default:
      return quantity satisfies never;
  }
}

function isKept(row: ResultRow, slice: Slice, results: ResultSet): boolean {
  return Object.entries(slice).every(([axis, { points, follows }]) => {
    const value = row.axes[axis];
    const label = value === undefined ? undefined : results.label(row.experiment, axis, value);
    return label === undefined || follows !== undefined || points.some((point) => point.label === label);
  });
}

/** `top1`; `top1 (digits_few), macro_recall (brain)`; what the study says (`ratio`) where the number is no metric. */
export function metricsOf(quantity: Quantity, results: ResultSet, stated: string | undefined): string {
  const columns = columnsOf(quantity, results);
  const byMetric = new Map<string, Set<string>>();
  for (const { table, column, slice } of columns) {
    const axis = results.table(table)?.axes.find((each) => each.role === "target")?.name;
    for (const row of results.of({ table, column })) {
      if (!isKept(row, slice, results)) {
        continue;
      }
      const target = axis === undefined ? undefined : row.axes[axis];
      const targets = byMetric.get(row.metric) ?? new Set<string>();
      byMetric.set(row.metric, targets);
      if (axis !== undefined && target !== undefined) {
        targets.add(results.label(table, axis, target));
      }
    }
  }
  const isMetric = stated === undefined || byMetric.has(stated) || stated.includes("/");
  if (!isMetric || byMetric.size === 0) {
    return stated ?? "";
  }
  const [only] = byMetric.keys();
  return byMetric.size === 1
    ? (only ?? "")
    : [...byMetric].map(([metric, targets]) => `${metric} (${[...targets].join(", ")})`).join(", ");
}
