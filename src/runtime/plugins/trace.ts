/**
 * What plug-ins' models are made of, found out in processes of their own: an editor's server asks while it checks and does
 * not wait. What is not known yet is being built, and who asked is told when it is there.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ModelError, PendingModel } from "../../models/parameters.js";
import { canonicalSpec } from "../../models/trace.js";
import type { ModelInfo, ModelSpec } from "../../models/types.js";
import { childModule } from "../host/child-module.js";

export interface TraceTask {
  readonly names: readonly string[];
  readonly root: string;
  readonly spec: ModelSpec;
}
export type Traced =
  | { readonly ok: true; readonly info: ModelInfo }
  /** Of the model, and so the same next time; or of this attempt. */
  | { readonly ok: false; readonly of: "model" | "attempt"; readonly problem: string };

export interface TracerOptions {
  /** Something that was being built is known now. */
  readonly onKnown: () => void;
  /** Tracing has begun to take long; the answer is called when it is over. */
  readonly onLong?: (title: string) => () => void;
  readonly limitMs?: number;
  readonly longMs?: number;
}

/** A model that takes longer to be built than this is stuck. */
const LIMIT_MS = 10_000;
/** What people notice. */
const LONG_MS = 1000;
const MAX_BYTES = 64 * 2 ** 20;
const MOST_KNOWN = 512;
/** Models of one text, and of what it is on its way to. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 16;

export class Tracer {
  readonly #known = new Map<string, Traced>();
  readonly #waiting = new Map<string, TraceTask>();
  readonly #running = new Map<string, { readonly root: string; readonly child: ChildProcess }>();
  readonly #stuck = new Set<string>();
  #closed = false;

  constructor(readonly options: TracerOptions) {}

  /** @throws ModelError where it cannot be built, PendingModel where that is being found out */
  trace(task: TraceTask): ModelInfo {
    const key = canonicalSpec(task.spec);
    const known = this.#known.get(key);
    if (known?.ok) return known.info;
    if (known !== undefined) throw new ModelError(known.problem);
    this.#ask(key, task);
    throw new PendingModel(`the model ${task.spec.family} of plug-in ${nameOf(task)} is being built`);
  }

  /** Whether something of the project is being built, or waits for it. */
  isBusy(root: string): boolean {
    return [...this.#waiting.values(), ...this.#running.values()].some((each) => each.root === root);
  }

  /** Whether some model of the project took too long, or ended the process that built it. */
  isStuck(root: string): boolean {
    return this.#stuck.has(root);
  }

  /** Its code is another now. */
  forget(root: string): void {
    this.#stuck.delete(root);
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const { child } of this.#running.values()) child.kill("SIGKILL");
  }

  #ask(key: string, task: TraceTask): void {
    if (this.#closed || this.#running.has(key)) return;
    // the latest question is what somebody looks at; who still needs an older one asks again
    this.#waiting.delete(key);
    this.#waiting.set(key, task);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    this.#next();
  }

  #next(): void {
    while (this.#running.size < MOST_AT_ONCE) {
      const last = [...this.#waiting].at(-1);
      if (last === undefined) return;
      const [key, task] = last;
      this.#waiting.delete(key);
      this.#start(key, task);
    }
  }

  #start(key: string, task: TraceTask): void {
    const { limitMs = LIMIT_MS, longMs = LONG_MS, onLong, onKnown } = this.options;
    // standard output may be a protocol's
    const child = spawn(process.execPath, [fileURLToPath(childModule("plugins/trace-child.js"))], {
      stdio: ["pipe", "ignore", "inherit", "pipe"],
    });
    child.unref();
    this.#running.set(key, { root: task.root, child });
    let late = false;
    let done: (() => void) | undefined;
    const long = setTimeout(() => {
      done = onLong?.(`building the model ${task.spec.family} of plug-in ${nameOf(task)}`);
    }, longMs);
    const limit = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limitMs);
    const parts: Buffer[] = [];
    let length = 0;
    child.stdio[3]?.on("data", (part: Buffer) => {
      length += part.length;
      if (length > MAX_BYTES) child.kill("SIGKILL");
      else parts.push(part);
    });
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(long);
      clearTimeout(limit);
      done?.();
      this.#running.delete(key);
      if (!this.#closed) {
        this.#keep(key, task, answerOf(Buffer.concat(parts).toString("utf8"), task, late ? limitMs : undefined));
        onKnown();
      }
      this.#next();
    };
    child.once("error", end);
    child.once("close", end);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(task));
  }

  #keep(key: string, { root }: TraceTask, answer: Traced | Stuck): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    if ("stuck" in answer) this.#stuck.add(root);
    this.#known.set(key, "stuck" in answer ? { ok: false, of: "model", problem: answer.stuck } : answer);
  }
}

interface Stuck {
  readonly stuck: string;
}

function answerOf(text: string, task: TraceTask, limitMs: number | undefined): Traced | Stuck {
  if (text !== "" && limitMs === undefined) return JSON.parse(text) as Traced;
  const why =
    limitMs === undefined
      ? "ended the process that built it"
      : `took more than ${Math.round(limitMs / 1000)} s to be built`;
  return { stuck: `the model ${task.spec.family} of plug-in ${nameOf(task)} ${why}` };
}

function nameOf({ spec }: TraceTask): string {
  return spec.plugin?.name ?? "";
}
