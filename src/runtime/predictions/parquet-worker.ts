/** Reads a Parquet file in a thread that can be ended: a damaged one may keep its reader busy for ever. */

import { parentPort, workerData } from "node:worker_threads";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import type { ParquetAnswer, ParquetTask } from "./parquet.js";

const { bytes, mostRows } = workerData as ParquetTask;

async function read(): Promise<ParquetAnswer> {
  try {
    const metadata = parquetMetadata(bytes);
    const fields = metadata.schema.slice(1);
    const count = Number(metadata.num_rows);
    if (fields.some(({ num_children: inner = 0 }) => inner > 0)) return { kind: "nested" };
    // nothing is decompressed before it is known that there is room for it
    if (!(count >= 0 && count <= mostRows)) return { kind: "rows", count };
    const columns = fields.map(({ name }) => name);
    const rows = await parquetReadObjects({ file: bytes, metadata });
    return { kind: "read", columns, rows: rows.map((row) => columns.map((name) => row[name])) };
  } catch (error) {
    return { kind: "broken", message: error instanceof Error ? error.message : String(error) };
  }
}

const answer = await read();
try {
  parentPort?.postMessage(answer);
} catch {
  // cells that are no plain values
  parentPort?.postMessage({ kind: "nested" } satisfies ParquetAnswer);
}
