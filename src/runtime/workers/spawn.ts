/** Workers as child processes: a crash in native code costs one attempt, not the run. */

import { type ChildProcess, fork } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import type { NumericSignature } from "../../compiler/plan/types.js";
import { outOfMemoryKills } from "../devices/limits.js";
import { failureKind } from "../engine/failures.js";
import { childModule } from "../host/child-module.js";
import type { PluginSpec } from "../plugins/load.js";
import { keepTrackOf } from "./children.js";
import { type FromWorker, isFromWorker, type ToWorker } from "./protocol.js";
import {
  type EngineChoice,
  type Job,
  type NodeOutcome,
  type Note,
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
  readonly plugins?: readonly PluginSpec[];
  /** What the plan's keys were made with; a worker that would compute with anything else is refused. */
  readonly signature?: NumericSignature;
  /** What the process of a slot is told besides this one's environment. */
  readonly environment?: (slot: number) => { readonly [name: string]: string };
  /** The child's module; the built one unless given. */
  readonly entry?: URL;
  /** How long a cancelled or stopped worker may take before it is killed; the usual times unless given. */
  readonly graceMs?: number;
}

/** To end the step it is in and write a checkpoint. Batch systems give a job some 30 s after they asked it to end. */
const CANCEL_GRACE_MS = 20_000;
/** To go, with nothing to do. */
const STOP_GRACE_MS = 2000;
const STDERR_KEPT = 4096;

export function spawnWorkers(options: SpawnOptions): WorkerFactory {
  return (slot) => ChildWorker.start(options, slot);
}

interface Pending {
  readonly job: number;
  readonly onProgress: (progress: Progress) => void;
  readonly onNote: ((note: Note) => void) | undefined;
  readonly resolve: (outcomes: readonly NodeOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

class ChildWorker implements Worker {
  private pending: Pending | undefined;
  private stderr = "";
  private readonly exited: Promise<string>;
  /** What its end tells of the reason. */
  private end: WorkerLostError["reason"] = "unknown";
  /** Processes the system had ended for want of memory when this one began. */
  private readonly killsBefore = outOfMemoryKills();
  private killTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly graceMs: number | undefined,
  ) {
    keepTrackOf(child);
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-STDERR_KEPT);
    });
    child.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(this.obituary(code, signal)));
    });
    void this.exited.then((message) => this.lose(message, this.end));
    child.on("message", (message) => this.hear(message));
  }

  static async start(options: SpawnOptions, slot: number): Promise<ChildWorker> {
    const entry = options.entry ?? childModule("workers/child.js");
    const child = fork(entry, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
      env: { ...process.env, ...options.environment?.(slot) },
    });
    const worker = new ChildWorker(child, options.graceMs);
    const { cache, layers = [], engine, plugins = [], signature } = options;
    await worker.greet({ type: "start", cache, layers, engine, plugins }, signature);
    return worker;
  }

  run(
    job: Job,
    onProgress: (progress: Progress) => void,
    onNote?: (note: Note) => void,
  ): Promise<readonly NodeOutcome[]> {
    if (this.pending !== undefined) throw new Error("the worker is busy");
    return new Promise((resolve, reject) => {
      this.pending = { job: job.id, onProgress, onNote, resolve, reject };
      if (!this.child.connected) this.lose("the worker process is gone");
      else this.send({ type: "run", job });
    });
  }

  cancel(): void {
    if (this.pending === undefined) return;
    this.send({ type: "cancel" });
    this.killLater(this.graceMs ?? CANCEL_GRACE_MS);
  }

  async stop(): Promise<void> {
    this.send({ type: "stop" });
    this.killLater(this.graceMs ?? STOP_GRACE_MS);
    await this.exited;
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  /** A step inside the engine blocks the child's event loop, so it may not even hear a request; then it is killed. */
  private killLater(afterMs: number): void {
    clearTimeout(this.killTimer);
    this.killTimer = setTimeout(() => this.child.kill("SIGKILL"), afterMs).unref();
  }

  private async greet(start: ToWorker, due: NumericSignature | undefined): Promise<void> {
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
    if (answer.type === "ready" && due !== undefined && !isDeepStrictEqual(answer.signature, due)) {
      await this.stop();
      throw new WorkerStartError(
        `a worker computes with ${described(answer.signature)}, the plan with ${described(due)}; run it again`,
      );
    }
  }

  private hear(message: unknown): void {
    if (!isFromWorker(message) || this.pending === undefined) return;
    if (message.type === "progress" && message.job === this.pending.job) this.pending.onProgress(message.progress);
    if (message.type === "note" && message.job === this.pending.job) this.pending.onNote?.(message.note);
    if (message.type === "done" && message.job === this.pending.job) {
      const { resolve } = this.pending;
      this.pending = undefined;
      clearTimeout(this.killTimer);
      this.killTimer = undefined;
      resolve(message.outcomes);
    }
  }

  private lose(message: string, reason: WorkerLostError["reason"] = "unknown"): void {
    clearTimeout(this.killTimer);
    this.pending?.reject(new WorkerLostError(message, reason));
    this.pending = undefined;
  }

  private obituary(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with exit code ${code ?? "unknown"}` : `was ended by ${signal}`;
    const kills = outOfMemoryKills();
    const wasKilled = signal === "SIGKILL" && kills !== undefined && kills > (this.killsBefore ?? kills);
    if (wasKilled || failureKind(this.stderr) === "memory") this.end = "memory";
    const who = wasKilled ? "by the system, for want of memory" : "by someone, or by the system for want of memory";
    const why = signal === "SIGKILL" ? ` (killed ${who})` : "";
    // Node prints its own stack after the message that says what happened.
    const told = this.stderr.split("----- Native stack trace")[0] ?? "";
    const last = told.trim().split("\n").at(-1) ?? "";
    return `the worker process ${how}${why}${last === "" ? "" : `; its last words: ${last.slice(0, 300)}`}`;
  }
}

function described({ engine, engineVersion, device, precision, threads }: NumericSignature): string {
  return `${engine} ${engineVersion} on ${device}, ${precision}, threads ${threads}`;
}
