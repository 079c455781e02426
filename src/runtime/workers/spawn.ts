/** Workers as child processes: a crash in native code costs one attempt, not the run. */

import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../host/package.js";
import { type FromWorker, isFromWorker, type ToWorker } from "./protocol.js";
import {
  type EngineChoice,
  type Job,
  type NodeOutcome,
  type Progress,
  type Worker,
  type WorkerFactory,
  WorkerLostError,
  WorkerStartError,
} from "./types.js";

export interface SpawnOptions {
  readonly cache: string;
  /** Caches below it, only read. */
  readonly layers?: readonly string[];
  readonly engine: EngineChoice;
  /** The child's module; the built one beside this file unless given. */
  readonly entry?: URL;
  /** How long a cancelled or stopped worker may take before it is killed. */
  readonly graceMs?: number;
}

const GRACE_MS = 2000;
const STDERR_KEPT = 4096;

export function spawnWorkers(options: SpawnOptions): WorkerFactory {
  return () => ChildWorker.start(options);
}

/** The built child beside this file; when this file itself runs from source, the one in `dist`. */
function builtEntry(): URL {
  const beside = new URL("./child.js", import.meta.url);
  return existsSync(beside) ? beside : pathToFileURL(join(packageRoot, "dist/src/runtime/workers/child.js"));
}

interface Pending {
  readonly job: number;
  readonly onProgress: (progress: Progress) => void;
  readonly resolve: (outcomes: readonly NodeOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

class ChildWorker implements Worker {
  private pending: Pending | undefined;
  private stderr = "";
  private readonly exited: Promise<string>;
  private killTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly graceMs: number,
  ) {
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-STDERR_KEPT);
    });
    child.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(this.obituary(code, signal)));
    });
    void this.exited.then((reason) => this.lose(reason));
    child.on("message", (message) => this.hear(message));
  }

  static async start(options: SpawnOptions): Promise<ChildWorker> {
    const entry = options.entry ?? builtEntry();
    const child = fork(entry, { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
    const worker = new ChildWorker(child, options.graceMs ?? GRACE_MS);
    const { cache, layers = [], engine } = options;
    await worker.greet({ type: "start", cache, layers, engine });
    return worker;
  }

  run(job: Job, onProgress: (progress: Progress) => void): Promise<readonly NodeOutcome[]> {
    if (this.pending !== undefined) throw new Error("the worker is busy");
    return new Promise((resolve, reject) => {
      this.pending = { job: job.id, onProgress, resolve, reject };
      if (!this.child.connected) this.lose("the worker process is gone");
      else this.send({ type: "run", job });
    });
  }

  cancel(): void {
    this.send({ type: "cancel" });
    this.killLater();
  }

  async stop(): Promise<void> {
    this.send({ type: "stop" });
    this.killLater();
    await this.exited;
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** A step inside the engine blocks the child's event loop, so it may not even hear a request; then it is killed. */
  private killLater(): void {
    this.killTimer ??= setTimeout(() => this.child.kill("SIGKILL"), this.graceMs).unref();
  }

  private async greet(start: ToWorker): Promise<void> {
    const answered = new Promise<FromWorker>((resolve) => {
      this.child.on("message", (message) => {
        if (isFromWorker(message)) resolve(message);
      });
    });
    this.send(start);
    const answer = await Promise.race([answered, this.exited]);
    if (typeof answer === "string") throw new WorkerStartError(`a worker could not start: ${answer}`);
    if (answer.type === "unable") {
      await this.stop();
      throw new WorkerStartError(answer.message);
    }
  }

  private hear(message: unknown): void {
    if (!isFromWorker(message) || this.pending === undefined) return;
    if (message.type === "progress" && message.job === this.pending.job) this.pending.onProgress(message.progress);
    if (message.type === "done" && message.job === this.pending.job) {
      const { resolve } = this.pending;
      this.pending = undefined;
      clearTimeout(this.killTimer);
      this.killTimer = undefined;
      resolve(message.outcomes);
    }
  }

  private lose(reason: string): void {
    clearTimeout(this.killTimer);
    this.pending?.reject(new WorkerLostError(reason));
    this.pending = undefined;
  }

  private obituary(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with exit code ${code ?? "unknown"}` : `was ended by ${signal}`;
    const why = signal === "SIGKILL" ? " (killed by someone, or by the system for want of memory)" : "";
    // Node prints its own stack after the message that says what happened.
    const told = this.stderr.split("----- Native stack trace")[0] ?? "";
    const last = told.trim().split("\n").at(-1) ?? "";
    return `the worker process ${how}${why}${last === "" ? "" : `; its last words: ${last.slice(0, 300)}`}`;
  }
}
