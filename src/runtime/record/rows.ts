/** Results of a run as its files have them: `results.csv`, and the layer × layer tables beside it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Papa from "papaparse";
import type { RowStatus } from "../results/types.js";
import { RecordError } from "./errors.js";

export interface RecordedRow {
  readonly experiment: string;
  /** As written, axes the row does not have left out. */
  readonly axes: { readonly [axis: string]: string };
  /** As written: a repeat's number, or empty where a number is made of several. */
  readonly repeat: string;
  readonly measure: string;
  readonly metric: string;
  readonly estimator: string;
  /** NaN where it failed or was not reached. */
  readonly value: number;
  readonly status: RowStatus;
  readonly reason: string;
  /** The node's key; empty for a derived quantity. */
  readonly node: string;
}

const RESULTS = /^results(\.[A-Za-z0-9_-]+)?\.csv$/;
/** Columns between `experiment` and these are axes. */
const AFTER_AXES = "repeat";
const NEEDED = ["experiment", "repeat", "measure", "metric", "estimator", "value", "status"];

/** @throws RecordError */
export function readRows(folder: string, shown: string): readonly RecordedRow[] {
  const names = readdirSync(folder).filter((name) => RESULTS.test(name));
  if (!names.includes("results.csv")) {
    throw new RecordError(
      `${shown} has no results.csv: its run came to no end`,
      "run it to its end, or name another run",
    );
  }
  return names.sort().flatMap((name) => parseRows(readFileSync(join(folder, name), "utf8"), `${shown}/${name}`));
}

export function parseRows(text: string, shown: string): readonly RecordedRow[] {
  const { data, meta } = Papa.parse<{ readonly [column: string]: string }>(text, {
    header: true,
    skipEmptyLines: true,
  });
  const columns = meta.fields ?? [];
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new RecordError(`${shown} is no table of results: it has no column ${missing.join(", ")}`);
  const axes = columns.slice(1, columns.indexOf(AFTER_AXES));
  return data.map((row) => rowOf(row, axes));
}

function rowOf(row: { readonly [column: string]: string }, axes: readonly string[]): RecordedRow {
  const text = (name: string) => row[name] ?? "";
  return {
    experiment: text("experiment"),
    axes: Object.fromEntries(axes.flatMap((axis) => (text(axis) === "" ? [] : [[axis, text(axis)]]))),
    repeat: text("repeat"),
    measure: text("measure"),
    metric: text("metric"),
    estimator: asWritten(text("estimator")),
    value: text("value") === "" ? Number.NaN : Number(text("value")),
    status: statusOf(text("status")),
    reason: text("reason"),
    node: text("node"),
  };
}

/** Files of earlier versions say `standardize=true` where a study says `yes`; it is the same estimator. */
function asWritten(estimator: string): string {
  return estimator.replace(/(?<=[A-Za-z0-9_]=)(true|false)(?=,|$)/g, (_, said) => (said === "true" ? "yes" : "no"));
}

function statusOf(written: string): RowStatus {
  return written === "failed" || written === "not_reached" ? written : "ok";
}

/** What a number is, whatever it came out as: the same in two runs of one study. */
export function rowIdentity(row: RecordedRow): string {
  return JSON.stringify([cellIdentity(row), row.repeat]);
}

/** Of all repeats of a number. */
export function cellIdentity({ experiment, axes, measure, metric, estimator }: RecordedRow): string {
  const points = Object.entries(axes).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([experiment, measure, metric, estimator, points]);
}

/** What a reader looks for first: measured numbers, then derived ones, then those of single layers. */
export function rowRank({ axes, node }: RecordedRow): number {
  if ("layer" in axes) return 2;
  return node === "" ? 1 : 0;
}

/** `main  test (top1)  init: WT`. */
export function rowName({ experiment, axes, measure, metric, estimator }: RecordedRow): string {
  const points = Object.entries(axes).map(([axis, value]) => `${axis}: ${value}`);
  const what = [metric, estimator].filter((name) => name !== "" && name !== measure).join(", ");
  const where = points.length === 0 ? "" : `[${points.join(", ")}]`;
  return `${experiment}${where} ${measure}${what === "" ? "" : ` (${what})`}`;
}
