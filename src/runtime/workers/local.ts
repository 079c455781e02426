/** A worker in this very process: for tests, and for looking at an operation with a debugger. */

import { type ExecuteOptions, executeJob } from "./execute.js";
import type { Worker } from "./types.js";

export function localWorker(
  options: Pick<ExecuteOptions, "engine" | "blobs" | "partial" | "plugins" | "runOps">,
): Worker {
  let controller = new AbortController();
  return {
    run(job, onProgress, onNote) {
      controller = new AbortController();
      return executeJob(job, { ...options, signal: controller.signal, onProgress, onNote });
    },
    cancel: () => controller.abort(),
    stop: async () => controller.abort(),
  };
}
