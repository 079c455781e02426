import { PredictionsError, type Table } from "./table.js";

/** Nothing is decompressed before the file's own count of rows is known to be bearable. */
export async function parquetTable(bytes: Uint8Array, mostRows: number): Promise<Table> {
  const { parquetMetadata, parquetReadObjects } = await import("hyparquet");
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const rows = Number(metadata.num_rows);
    const columns = metadata.schema.slice(1).map(({ name }) => name);
    if (metadata.schema.slice(1).some(({ num_children: inner = 0 }) => inner > 0)) {
      throw new PredictionsError("it has columns within columns", "write a plain table of it");
    }
    if (!(rows >= 0 && rows <= mostRows)) throw new PredictionsError(`it has ${rows} rows`, "is it the right file?");
    const read = await parquetReadObjects({ file, metadata });
    return { columns, rows: read.length, at: (row, column) => read[row]?.[columns[column] ?? ""] };
  } catch (error) {
    if (error instanceof PredictionsError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const packed = /compression/i.test(message);
    throw new PredictionsError(
      packed ? `its compression is not read: ${message}` : "it is no Parquet file, or a damaged one",
      packed ? "write it with snappy or without compression" : "write it again, or as CSV",
    );
  }
}
