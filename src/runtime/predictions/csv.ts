import Papa from "papaparse";
import { PredictionsError, type Table } from "./table.js";

export function csvTable(bytes: Uint8Array, tabs: boolean): Table {
  const text = new TextDecoder().decode(bytes);
  if (text.includes("\uFFFD") || text.includes("\0")) {
    throw new PredictionsError("it is no UTF-8 text", "save it as CSV in UTF-8");
  }
  const { data, errors } = Papa.parse<string[]>(text, {
    delimiter: tabs ? "\t" : "",
    delimitersToGuess: [",", "\t", ";", "|"],
    skipEmptyLines: true,
  });
  const [header = [], ...rows] = data;
  // a file of one column has no delimiter to be found
  const [problem] = errors.filter(({ code }) => code !== "UndetectableDelimiter");
  if (problem !== undefined) {
    throw new PredictionsError(`row ${problem.row ?? 1} cannot be read: ${problem.message}`, "save it as CSV in UTF-8");
  }
  const columns = header.map((name) => name.trim());
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) throw new PredictionsError(`it has two columns \`${twice}\``, "rename one of them");
  const uneven = rows.findIndex((cells) => cells.length !== columns.length);
  if (uneven >= 0) {
    throw new PredictionsError(
      `row ${uneven + 1} has ${rows[uneven]?.length} columns where the header has ${columns.length}`,
      "every row has as many as the header",
    );
  }
  return { columns, rows: rows.length, at: (row, column) => rows[row]?.[column] };
}
