/** The names of cases that were left out, which a report shows where `--include-samples` asks for them. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Papa from "papaparse";
import { ReportDataError } from "./data.js";

export const SAMPLES_FILE = "samples/left-out.csv";
export const SAMPLES_COLUMNS = ["dataset", "case", "place", "kind", "reason"] as const;

/** `counted`: names stay out of the page, also where the run folder has them. */
export type Samples = "counted" | "named";

/** A row a case, in the order of the columns. */
export type SampleRows = readonly (readonly string[])[];

/** @throws ReportDataError where the run named none */
export async function readSamples(runFolder: string): Promise<SampleRows> {
  const text = await readFile(join(runFolder, SAMPLES_FILE), "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new ReportDataError(`there is no ${SAMPLES_FILE} in this folder; \`xferc run --include-samples\` writes it`);
  }
  const [, ...rows] = Papa.parse<string[]>(text, { skipEmptyLines: true }).data;
  return rows;
}
