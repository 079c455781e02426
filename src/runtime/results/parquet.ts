/** results.parquet: every row, layer × layer ones included, with typed columns. */

import { parquetWriteBuffer } from "hyparquet-writer";
import type { Scalar } from "../../compiler/study.js";
import type { ResultRow } from "./types.js";

/** Numbers where every value is one, text otherwise; an axis a row does not have is null. */
function axisColumn(name: string, values: readonly (Scalar | undefined)[]) {
  const numeric = values.every((value) => value === undefined || typeof value === "number");
  return numeric
    ? { name, type: "DOUBLE" as const, nullable: true, data: values.map((value) => value ?? null) }
    : {
        name,
        type: "STRING" as const,
        nullable: true,
        data: values.map((value) => (value === undefined ? null : String(value))),
      };
}

function textColumn(name: string, data: readonly (string | null)[]) {
  return { name, type: "STRING" as const, nullable: true, data: [...data] };
}

function numberColumn(name: string, data: readonly (number | undefined)[]) {
  const finite = data.map((value) => (value !== undefined && Number.isFinite(value) ? value : null));
  return { name, type: "DOUBLE" as const, nullable: true, data: finite };
}

/** Intervals over cases, where some number has one. */
function intervalColumns(rows: readonly ResultRow[]) {
  if (rows.every(({ low }) => low === undefined)) {
    return [];
  }
  return [
    numberColumn(
      "ci_low",
      rows.map((row) => row.low),
    ),
    numberColumn(
      "ci_high",
      rows.map((row) => row.high),
    ),
  ];
}

/** What a number that was not reached is greater than, where there is one. */
function boundColumn(rows: readonly ResultRow[]) {
  const data = rows.map(({ above }) => above);
  return data.every((bound) => bound === undefined) ? [] : [numberColumn("above", data)];
}

export function resultsParquet(rows: readonly ResultRow[], axes: readonly string[]): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: [
      textColumn(
        "experiment",
        rows.map((row) => row.experiment),
      ),
      ...axes.map((axis) =>
        axisColumn(
          axis,
          rows.map((row) => row.axes[axis]),
        ),
      ),
      { name: "repeat", type: "INT32", nullable: true, data: rows.map((row) => row.repeat) },
      { name: "seed", type: "DOUBLE", nullable: true, data: rows.map((row) => row.seed) },
      textColumn(
        "measure",
        rows.map((row) => row.measure),
      ),
      textColumn(
        "metric",
        rows.map((row) => row.metric),
      ),
      textColumn(
        "estimator",
        rows.map((row) => row.estimator),
      ),
      numberColumn(
        "value",
        rows.map((row) => row.value),
      ),
      textColumn(
        "status",
        rows.map((row) => row.status),
      ),
      textColumn(
        "node",
        rows.map((row) => row.node),
      ),
      textColumn(
        "reason",
        rows.map((row) => row.reason ?? null),
      ),
      ...intervalColumns(rows),
      ...boundColumn(rows),
    ],
  });
  return new Uint8Array(buffer);
}
