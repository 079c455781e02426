/** The thread itself. Plain blocking writes: it has nothing else to do, and shares no queue with the process's own files. */

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { ThreadData } from "./heartbeat.js";
import { printHolder } from "./holder.js";

const { path, holder } = workerData as ThreadData;
let beat = 0;

setInterval(() => {
  beat += 1;
  try {
    // Opened anew each time, never created: closing is what carries a write to a file server.
    const file = openSync(path, "r+");
    try {
      writeSync(file, printHolder(holder, beat), 0, undefined, 0);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // A full disk or a server away for a while; the next one may get through.
  }
}, holder.everyMs);
