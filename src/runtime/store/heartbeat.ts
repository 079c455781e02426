/** Writes a holder's sign of life, in a thread of its own: whatever the process itself is busy with, it goes on. */

import { Worker } from "node:worker_threads";
import { childModule } from "../host/child-module.js";
import type { FileSystem } from "./filesystem.js";
import { type Holder, printHolder } from "./holder.js";

export interface Heartbeat {
  stop(): Promise<void>;
}

/** Starts one for the file at `path`, which is there. */
export type StartHeartbeat = (path: string, holder: Holder) => Heartbeat;

export interface ThreadData {
  readonly path: string;
  readonly holder: Holder;
}

export const threadHeartbeat: StartHeartbeat = (path, holder) => {
  const data: ThreadData = { path, holder };
  const thread = new Worker(childModule("store/heartbeat-thread.js"), { workerData: data, execArgv: [] });
  thread.unref();
  // Without it the lease runs out, and whoever waits takes over: a loss of time, not of numbers.
  thread.on("error", () => undefined);
  return {
    stop: async () => {
      await thread.terminate();
    },
  };
};

/** On this thread's own timer: for tests, which stop it as a crash would. */
export function timerHeartbeat(files: FileSystem): StartHeartbeat {
  return (path, holder) => {
    let beat = 0;
    let writing: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      beat += 1;
      writing = files.overwrite(path, printHolder(holder, beat)).catch(() => undefined);
    }, holder.everyMs).unref();
    return {
      stop: () => {
        clearInterval(timer);
        return writing;
      },
    };
  };
}
