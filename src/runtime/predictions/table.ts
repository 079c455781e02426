/** A table as a file has it, and what is wrong with one. */

/** Columns as they stand in the file: texts of a CSV file, values of a Parquet file. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: number;
  /** What the row is called: `row 3` counts below the header. */
  at(row: number, column: number): unknown;
}

/** What is wrong with such a file, and what to do about it. */
export class PredictionsError extends Error {
  override readonly name = "PredictionsError";
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
