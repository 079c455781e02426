/** A thread that prepares chunks, one after another. */

import { parentPort } from "node:worker_threads";
import { DataError } from "../types.js";
import { type Chunk, type ChunkTask, prepareChunk } from "./chunk.js";

/** Errors lose their class on the way between threads. */
export type Answer =
  | { readonly ok: true; readonly chunk: Chunk }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

parentPort?.on("message", async (task: ChunkTask) => {
  try {
    const chunk = await prepareChunk(task);
    answer({ ok: true, chunk }, [chunk.bytes.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer(error instanceof DataError ? { ok: false, message, hint: error.hint } : { ok: false, message });
  }
});

function answer(message: Answer, transferred: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}
