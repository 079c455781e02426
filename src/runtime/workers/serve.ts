/** The worker's side of the conversation. Opens its engine once; compiled sessions live as long as the process. */

import { join } from "node:path";
import { MEMO, MemoDigests } from "../data/digests.js";
import type { Engine } from "../engine/types.js";
import { loadSpecs } from "../plugins/load.js";
import { openStore } from "../store/disk.js";
import { openPartial } from "../store/partial.js";
import { type ExecuteOptions, executeJob, type RunOps } from "./execute.js";
import { type FromWorker, isToWorker, type ToWorker } from "./protocol.js";
import type { EngineChoice, Job, Note, Progress } from "./types.js";
import { endWithParent } from "./watchdog.js";

export interface Served {
  readonly openEngine: (choice: EngineChoice) => Promise<Engine>;
  readonly runOps: RunOps;
}

/** The parent's end of the line. */
export interface Channel {
  send(message: FromWorker): void;
  listen(listener: (message: unknown) => void): void;
  /** Someone asks this very process to end. */
  onTermination(listener: () => void): void;
  close(reason: "stopped" | "terminated"): void;
}

/** As a shell tells of a process that SIGTERM ended. */
const TERMINATED = 143;

/** Progress goes out four times a second a node at most, and always at the end of a node. */
const PROGRESS_EVERY_MS = 250;

export function serveWorker(channel: Channel, served: Served): void {
  let ready: Pick<ExecuteOptions, "engine" | "blobs" | "partial" | "digests" | "plugins"> | undefined;
  let running = new AbortController();
  let busy = false;
  let leaving = false;

  async function start(message: Extract<ToWorker, { type: "start" }>): Promise<void> {
    try {
      ready = {
        engine: await served.openEngine(message.engine),
        blobs: openStore(message.cache, undefined, message.layers),
        partial: (key) => openPartial(message.cache, key),
        digests: new MemoDigests(join(message.cache, MEMO)),
        ...(message.plugins.length === 0 ? {} : { plugins: await loadSpecs(message.plugins) }),
      };
      channel.send({ type: "ready", signature: ready.engine.signature });
    } catch (error) {
      channel.send({ type: "unable", message: error instanceof Error ? error.message : String(error) });
    }
  }

  async function run(job: Job): Promise<void> {
    if (ready === undefined) throw new Error("a job came before the engine was open");
    running = new AbortController();
    busy = true;
    if (leaving) running.abort();
    const onProgress = throttled((progress) => channel.send({ type: "progress", job: job.id, progress }));
    const onNote = (note: Note) => channel.send({ type: "note", job: job.id, note });
    const reports = { onProgress, onNote };
    const outcomes = await executeJob(job, { ...ready, runOps: served.runOps, signal: running.signal, ...reports });
    busy = false;
    // What it kept is in the store; the job itself is another worker's now.
    if (leaving) channel.close("terminated");
    else channel.send({ type: "done", job: job.id, outcomes });
  }

  channel.onTermination(() => {
    leaving = true;
    running.abort();
    if (!busy) channel.close("terminated");
  });

  channel.listen((message) => {
    if (!isToWorker(message)) return;
    switch (message.type) {
      case "start":
        void start(message);
        break;
      case "run":
        void run(message.job);
        break;
      case "cancel":
        running.abort();
        break;
      case "stop":
        running.abort();
        channel.close("stopped");
        break;
      default:
        message satisfies never;
    }
  });
}

function throttled(send: (progress: Progress) => void): (progress: Progress) => void {
  const last = new Map<string, number>();
  return (progress) => {
    const now = performance.now();
    const due = now - (last.get(progress.node) ?? Number.NEGATIVE_INFINITY) >= PROGRESS_EVERY_MS;
    if (!due && progress.done < progress.total) return;
    last.set(progress.node, now);
    send(progress);
  };
}

/** The line to the process that forked this one. When it breaks, there is no one left to work for. */
export function parentChannel(): Channel {
  // A terminal sends Ctrl-C and its own end to the whole group; when to stop is the coordinator's to say.
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  process.on("disconnect", () => process.exit(0));
  endWithParent();
  return {
    send(message) {
      if (process.connected) process.send?.(message);
    },
    listen(listener) {
      process.on("message", listener);
    },
    onTermination(listener) {
      process.on("SIGTERM", listener);
    },
    close(reason) {
      process.exit(reason === "stopped" ? 0 : TERMINATED);
    },
  };
}
