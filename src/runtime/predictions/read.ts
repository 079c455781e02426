/**
 * A table of predictions from elsewhere: the column `id`, and a column a class or `label`. It is anyone's file: bounded,
 * held to what it should be row by row, and told of by rows, never by ids, which may be patients'.
 */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { PredictionsSpec } from "../../compiler/study.js";
import { csvTable } from "./csv.js";
import { parquetTable } from "./parquet.js";
import { PredictionsError, type Table } from "./table.js";

export { PredictionsError } from "./table.js";

export interface GivenPredictions {
  /** SHA-256 of the file. */
  readonly digest: string;
  /** By row; none twice. */
  readonly ids: readonly string[];
  readonly given: GivenScores;
}
export type GivenScores =
  | { readonly form: "labels"; readonly labels: readonly string[] }
  /** [rows, classes], row by row. */
  | { readonly form: "scores"; readonly classes: readonly string[]; readonly values: Float64Array };

export const MAX_BYTES = 2 ** 30;
const MAX_ROWS = 10_000_000;
const MAX_COLUMNS = 20_000;

/** @throws PredictionsError; what the file system says where it cannot be read */
export async function readGiven(path: string, { scores }: Pick<PredictionsSpec, "scores">): Promise<GivenPredictions> {
  if ((await stat(path)).size > MAX_BYTES) {
    throw new PredictionsError(`${basename(path)} is larger than 1 GB`, "is it the right file?");
  }
  const bytes = await readFile(path);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const table = await readTable(path, bytes);
  return { digest, ids: idsOf(table), given: givenOf(table, scores) };
}

/** @throws PredictionsError */
export async function readTable(path: string, bytes: Uint8Array): Promise<Table> {
  const table = /\.parquet$/i.test(path) ? await parquetTable(bytes, MAX_ROWS) : csvTable(bytes, /\.tsv$/i.test(path));
  if (table.rows > MAX_ROWS || table.columns.length > MAX_COLUMNS) {
    throw new PredictionsError(
      `it has ${table.rows} rows of ${table.columns.length} columns`,
      `${MAX_ROWS} rows of ${MAX_COLUMNS} are read; is it the right file?`,
    );
  }
  return table;
}

const FORM = "it has the columns `id` and one a class, or `id` and `label`";

export function idsOf(table: Table, form = FORM): readonly string[] {
  const column = table.columns.indexOf("id");
  if (column < 0)
    throw new PredictionsError("it has no column `id`", `${form}; its columns are ${shown(table.columns)}`);
  if (table.rows === 0) throw new PredictionsError("it has no row", form);
  return uniqueIds(Array.from({ length: table.rows }, (_, row) => table.at(row, column)));
}

/** As texts, a row each. @throws PredictionsError where one is missing or there twice */
export function uniqueIds(values: readonly unknown[]): readonly string[] {
  if (values.length === 0) throw new PredictionsError("it has no row", "give every image one");
  const seen = new Map<string, number>();
  for (const [row, value] of values.entries()) {
    const id = typeof value === "string" || typeof value === "bigint" || typeof value === "number" ? String(value) : "";
    if (id === "") throw new PredictionsError(`row ${row + 1} has no id`, "every row is of an image");
    const before = seen.get(id);
    if (before !== undefined) {
      throw new PredictionsError(`rows ${before + 1} and ${row + 1} have the same id`, "give every image one row");
    }
    seen.set(id, row);
  }
  return [...seen.keys()];
}

function givenOf(table: Table, scores: PredictionsSpec["scores"]): GivenScores {
  const classes = table.columns.filter((name) => name !== "id");
  const label = table.columns.indexOf("label");
  if (classes.length === 0) throw new PredictionsError("it says nothing of its images", FORM);
  if (label >= 0 && classes.length > 1) {
    const others = shown(classes.filter((name) => name !== "label"));
    throw new PredictionsError(
      `beside \`label\` it has ${others}`,
      "leave out `label`, or everything but `id` and `label`: it says either which class, or how much of each",
    );
  }
  return label >= 0 ? labelsOf(table, label) : scoresOf(table, classes, scores);
}

function labelsOf(table: Table, column: number): GivenScores {
  const labels: string[] = [];
  for (let row = 0; row < table.rows; row++) {
    const value = table.at(row, column);
    const label =
      typeof value === "string" || typeof value === "bigint" || typeof value === "number" ? String(value) : "";
    if (label === "") throw new PredictionsError(`row ${row + 1} has no label`, "name a class in every row");
    labels.push(label);
  }
  return { form: "labels", labels };
}

function scoresOf(table: Table, classes: readonly string[], scores: PredictionsSpec["scores"]): GivenScores {
  const values = new Float64Array(table.rows * classes.length);
  const columns = classes.map((name) => table.columns.indexOf(name));
  for (let row = 0; row < table.rows; row++) {
    for (const [i, column] of columns.entries()) {
      const given = table.at(row, column);
      const value = numberOf(given);
      const where = `row ${row + 1} of \`${classes[i]}\``;
      if (value === undefined) {
        throw new PredictionsError(
          `${where} is ${textOf(given)}, which is no number`,
          "give a finite number everywhere",
        );
      }
      if (scores === "probabilities" && (value < -TOLERANCE || value > 1 + TOLERANCE)) {
        throw new PredictionsError(
          `${where} is ${value}, which is no probability`,
          "give probabilities from 0 to 1, or say what they are: `predictions(…, scores: logits)`",
        );
      }
      values[row * classes.length + i] = value;
    }
  }
  return { form: "scores", classes, values };
}

/** Of probabilities, whose rows are rounded where they were written. */
export const TOLERANCE = 1e-3;

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

export function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === "string" ? (NUMBER.test(value.trim()) ? Number(value) : Number.NaN) : Number(value ?? Number.NaN);
  const is = typeof value === "string" || typeof value === "number" || typeof value === "bigint";
  return is && Number.isFinite(number) ? number : undefined;
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null || value === "") return "empty";
  const text = String(value);
  return `\`${text.length > 40 ? `${text.slice(0, 39)}…` : text}\``;
}

export function shown(names: readonly string[]): string {
  const few = names.slice(0, 12).map((name) => `\`${name}\``);
  return `${few.join(", ")}${names.length > few.length ? ` and ${names.length - few.length} more` : ""}`;
}
