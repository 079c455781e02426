/** How jobs end and why they wait, in words. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "./fleet.js";

const ENDINGS: { readonly [state: string]: string } = {
  BOOT_FAIL: "its node did not start",
  CANCELLED: "it was cancelled",
  DEADLINE: "it missed its deadline",
  FAILED: "it failed",
  NODE_FAIL: "its node failed",
  OUT_OF_MEMORY: "Slurm ended it for want of memory; give more as slurm.memory, or for one operation in slurm.ops",
  PREEMPTED: "it was preempted",
  TIMEOUT: "its time was over before it had kept what it had; raise slurm.signalSeconds",
};

/** `job 4711_0 was lost: its node failed (NODE_FAIL)`. */
export function lossOf({ id, state }: Pick<Job, "id" | "state">, restarted: "requeued" | "over"): string {
  if (restarted === "requeued") return `job ${id} was lost, and Slurm has put it back into the queue`;
  const how = ENDINGS[state];
  return how === undefined
    ? `job ${id} was lost: it is no longer in the queue`
    : `job ${id} was lost: ${how} (${state})`;
}

const LOG_BYTES = 4096;

/** What a job's process said last; empty where it said nothing. */
export function lastWords(logs: string, job: string): string {
  let file: number | undefined;
  try {
    file = openSync(join(logs, `${job}.log`), "r");
    const { size } = fstatSync(file);
    const data = Buffer.alloc(Math.min(LOG_BYTES, size));
    readSync(file, data, 0, data.length, size - data.length);
    const lines = data.toString("utf8").split("\n");
    return lines.map((line) => line.trim()).findLast((line) => line !== "" && !line.startsWith("Node.js v")) ?? "";
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
