/** No worker outlives the process that forked it, however that one ended. */

import { Worker } from "node:worker_threads";

const EVERY_MS = 500;

/** In a thread of its own: the engine blocks this one for as long as a step takes, and meanwhile no channel is heard closing. */
export function endWithParent(): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
    }, ${EVERY_MS});
  `;
  const thread = new Worker(watch, { eval: true, stdout: true, stderr: true });
  // Without it, the channel's closing still ends this process between two steps.
  thread.on("error", () => undefined);
  thread.unref();
}
