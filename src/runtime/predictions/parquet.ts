import { Worker } from "node:worker_threads";
import { childModule } from "../host/child-module.js";
import { PredictionsError, type Table } from "./table.js";

export interface ParquetTask {
  readonly bytes: ArrayBuffer;
  readonly mostRows: number;
}
export type ParquetAnswer =
  | { readonly kind: "read"; readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }
  | { readonly kind: "nested" }
  | { readonly kind: "rows"; readonly count: number }
  | { readonly kind: "broken"; readonly message: string };

/** A sound file takes a fraction of it, on a busy machine too. */
const limitMs = (bytes: number): number => 15_000 + bytes / 10_000;
const MEMORY_MB = 4096;
const DAMAGED = "it is no Parquet file, or a damaged one";

export async function parquetTable(bytes: Uint8Array, mostRows: number): Promise<Table> {
  const answer = await ask(bytes, mostRows);
  switch (answer.kind) {
    case "read": {
      const { columns, rows } = answer;
      return { columns, rows: rows.length, at: (row, column) => rows[row]?.[column] };
    }
    case "nested":
      throw new PredictionsError("it has columns within columns", "write a plain table of it");
    case "rows":
      throw new PredictionsError(`it has ${answer.count} rows`, `${mostRows} are read; is it the right file?`);
    case "broken":
      throw /compression/i.test(answer.message)
        ? new PredictionsError(`its compression is not read: ${answer.message}`, "write it with snappy or uncompressed")
        : new PredictionsError(DAMAGED, "write it again, or as CSV");
    default:
      return answer satisfies never;
  }
}

function ask(bytes: Uint8Array, mostRows: number): Promise<ParquetAnswer> {
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const worker = new Worker(childModule("predictions/parquet-worker.js"), {
    workerData: { bytes: whole, mostRows } satisfies ParquetTask,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  return new Promise((resolve) => {
    const broken = (message: string) => resolve({ kind: "broken", message });
    const timer = setTimeout(() => {
      broken("it took too long");
      void worker.terminate();
    }, limitMs(bytes.byteLength));
    const done = () => clearTimeout(timer);
    worker.once("message", (answer: ParquetAnswer) => {
      done();
      resolve(answer);
      void worker.terminate();
    });
    worker.once("error", (error) => {
      done();
      broken(error.message);
    });
    worker.once("exit", () => {
      done();
      broken("its reader ended");
    });
  });
}
