/** CSV and TSV files, a row at a time: the text is never whole in memory. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../folder.js";
import { DataError } from "../types.js";

export interface CsvRow {
  /** In the order of the header; shorter or longer rows are told by `problem`. */
  readonly cells: readonly string[];
  /** Of the file, the header is line 1. */
  readonly line: number;
  /** Why the row cannot be read. */
  readonly problem?: string;
}

export interface CsvTable {
  readonly file: string;
  readonly header: readonly string[];
}

const MAX_COLUMNS = 10_000;
const MAX_CELL = 65_536;
const CHUNK_BYTES = 1 << 20;

/**
 * Reads a file within the data set's folder. `begin` sees the header and gives what is done with each row.
 * @throws DataError where it is missing, not text, or has no header
 */
export async function readCsv(
  root: string,
  file: string,
  begin: (table: CsvTable) => (row: CsvRow) => void,
): Promise<void> {
  const { default: Papa } = await import("papaparse");
  const text = createReadStream(join(root, file), { encoding: "utf8", highWaterMark: CHUNK_BYTES });
  let each: ((row: CsvRow) => void) | undefined;
  let width = 0;
  let line = 1;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => {
      text.destroy();
      reject(error);
    };
    text.on("error", (error) => fail(readError(file, error)));
    Papa.parse<string[]>(text, {
      delimiter: file.toLowerCase().endsWith(".tsv") ? "\t" : "",
      delimitersToGuess: [",", "\t", ";", "|"],
      skipEmptyLines: false,
      step: ({ data, errors }) => {
        try {
          const at = line;
          line += 1 + lineBreaksIn(data);
          if (data.length === 1 && data[0] === "") return;
          if (each === undefined) {
            const header = checkHeader(file, data);
            width = header.length;
            each = begin({ file, header });
            return;
          }
          const problem = rowProblem(data, width, errors[0]?.message);
          each({ cells: data, line: at, ...(problem === undefined ? {} : { problem }) });
        } catch (error) {
          fail(error);
        }
      },
      complete: () => resolve(),
      error: (error) => fail(readError(file, error)),
    });
  });
  if (each === undefined) throw new DataError(`${file} is empty`, "it needs a line with the names of its columns");
}

function lineBreaksIn(cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf("\n"); at >= 0; at = cell.indexOf("\n", at + 1)) breaks += 1;
  }
  return breaks;
}

function checkHeader(file: string, cells: readonly string[]): readonly string[] {
  const header = cells.map((cell, i) => (i === 0 ? cell.replace(/^\uFEFF/, "") : cell).trim());
  if (header.length > MAX_COLUMNS) {
    throw new DataError(`${file} has ${header.length} columns`, `${MAX_COLUMNS} are read; is it the right file?`);
  }
  if (header.some((name) => name.includes("\0") || name.includes("\uFFFD"))) {
    throw new DataError(`${file} is no UTF-8 text`, "save it as CSV in UTF-8");
  }
  const twice = header.find((name, i) => name !== "" && header.indexOf(name) !== i);
  if (twice !== undefined) throw new DataError(`${file} has two columns ${twice}`, "rename one of them");
  return header;
}

function rowProblem(cells: readonly string[], width: number, parser: string | undefined): string | undefined {
  if (parser !== undefined) return `cannot be read (${parser})`;
  // a comma at the end of a line is a habit of some spreadsheets
  const spare = cells.length > width && cells.slice(width).every((cell) => cell === "");
  if (cells.length !== width && !spare) return `has ${cells.length} columns where the header has ${width}`;
  return cells.some((cell) => cell.length > MAX_CELL) ? `has a cell of more than ${MAX_CELL} characters` : undefined;
}

function readError(file: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (code === "ENOENT")
    return new DataError(`there is no ${file}`, "is the data set whole, and is it its top folder?");
  if (code === "EISDIR") return new DataError(`${file} is a folder`, "it should be a CSV file");
  return new DataError(`${file} cannot be read`, "check its permissions");
}

/** The place of a column. @throws DataError with the columns there are */
export function columnAt({ file, header }: CsvTable, name: string): number {
  const at = header.indexOf(name);
  if (at >= 0) return at;
  const shown = header.slice(0, 12).join(", ");
  const more = header.length > 12 ? ` and ${header.length - 12} more` : "";
  throw new DataError(`${file} has no column ${name}`, `it has ${shown}${more}`);
}
