/** Starts the process that measures, and hears what it found or how it ended. */

import { fork } from "node:child_process";
import { workerEnvironment } from "../devices/environment.js";
import { deviceMemoryOf } from "../devices/nvidia.js";
import type { Device } from "../devices/types.js";
import { failureKind } from "../engine/failures.js";
import { childModule } from "../host/child-module.js";
import type { BenchAnswer, BenchTask } from "./types.js";

/** `deviceBytes`: what it held of a GPU's own memory; null where no one knows. */
export function inChild(
  task: BenchTask,
  device: Device,
): Promise<{ readonly answer: BenchAnswer; readonly deviceBytes: number | null }> {
  return new Promise((resolve, reject) => {
    const child = fork(childModule("bench/child.js"), {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: ["--expose-gc"],
      env: { ...process.env, ...workerEnvironment(device) },
    });
    let said = "";
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      said = (said + chunk).slice(-4096);
    });
    let answered = false;
    child.once("message", (answer) => {
      answered = true;
      // asked while the process still holds it
      const used =
        device.kind === "cuda" && child.pid !== undefined ? deviceMemoryOf(child.pid) : Promise.resolve(null);
      void used.then((deviceBytes) => {
        child.kill();
        resolve({ answer: answer as BenchAnswer, deviceBytes });
      });
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (answered) return;
      const last = said.trim().split("\n").at(-1) ?? "";
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      const message = `the measuring process ${how}${last === "" ? "" : `; its last words: ${last.slice(0, 300)}`}`;
      // no one else kills it: the system does, for want of memory
      const kind = signal === "SIGKILL" ? "memory" : failureKind(said);
      resolve({ answer: { status: "failed", kind, message, state: undefined }, deviceBytes: null });
    });
    child.send(task);
  });
}
