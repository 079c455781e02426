/** Slow checks in a child process: what is computing there never delays a keystroke, and cancelling ends it for good. */

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../runtime/host/index.js";
import type { SlowAnswer, SlowTask } from "./child.js";
import type { SlowChecker, SlowReport, SlowRequest } from "./types.js";

/** A check of a study with much data reads all of it once; what takes longer is stuck. */
const LIMIT_MS = 10 * 60_000;

export class ChildChecker implements SlowChecker {
  #child: ChildProcess | undefined;
  #next = 1;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly onFailure: (message: string) => void,
    readonly plugins: "load" | "ignore" = "load",
  ) {}

  /** One at a time, in order; those that were cancelled in the meantime are not begun. */
  check(request: SlowRequest, signal: AbortSignal): Promise<SlowReport | undefined> {
    const turn = this.#last.then(() => (signal.aborted ? undefined : this.#run(request, signal)));
    this.#last = turn;
    return turn;
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #run(request: SlowRequest, signal: AbortSignal): Promise<SlowReport | undefined> {
    const child = this.#start();
    const id = this.#next++;
    return new Promise((resolve) => {
      const done = (report: SlowReport | undefined): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        child.off("message", answered);
        child.off("exit", ended);
        resolve(report);
      };
      const stop = (): void => {
        if (this.#child === child) this.close();
        done(undefined);
      };
      const answered = (answer: SlowAnswer): void => {
        if (answer.id !== id) return;
        if (answer.last && this.#child === child) this.#child = undefined;
        if ("failure" in answer) this.onFailure(answer.failure);
        done("report" in answer ? answer.report : undefined);
      };
      const ended = (): void => {
        if (this.#child === child) this.#child = undefined;
        done(undefined);
      };
      const timer = setTimeout(stop, LIMIT_MS);
      signal.addEventListener("abort", stop, { once: true });
      child.on("message", answered);
      child.on("exit", ended);
      child.send({ id, request, plugins: this.plugins } satisfies SlowTask);
    });
  }

  #start(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    // standard output is the protocol's; what engines print goes to where a server's log goes
    const child = fork(join(packageRoot, "dist/src/lsp/slow/child.js"), [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      serialization: "advanced",
      execArgv: [],
    });
    child.on("error", (error) => this.onFailure(error.message));
    child.unref();
    this.#child = child;
    return child;
  }
}
