/** The worker's side of the conversation. Opens its engine once; compiled sessions live as long as the process. */

import type { Engine } from "../engine/types.js";
import { openStore } from "../store/disk.js";
import { executeJob, type RunOps } from "./execute.js";
import { type FromWorker, isToWorker, type ToWorker } from "./protocol.js";
import type { EngineChoice, Job, Progress } from "./types.js";

export interface Served {
  readonly openEngine: (choice: EngineChoice) => Promise<Engine>;
  readonly runOps: RunOps;
}

/** The parent's end of the line. */
export interface Channel {
  send(message: FromWorker): void;
  listen(listener: (message: unknown) => void): void;
  close(): void;
}

/** Progress goes out four times a second a node at most, and always at the end of a node. */
const PROGRESS_EVERY_MS = 250;

export function serveWorker(channel: Channel, served: Served): void {
  let ready: { readonly engine: Engine; readonly blobs: ReturnType<typeof openStore> } | undefined;
  let running = new AbortController();

  async function start(message: Extract<ToWorker, { type: "start" }>): Promise<void> {
    try {
      ready = {
        engine: await served.openEngine(message.engine),
        blobs: openStore(message.cache, undefined, message.layers),
      };
      channel.send({ type: "ready" });
    } catch (error) {
      channel.send({ type: "unable", message: error instanceof Error ? error.message : String(error) });
    }
  }

  async function run(job: Job): Promise<void> {
    if (ready === undefined) throw new Error("a job came before the engine was open");
    running = new AbortController();
    const onProgress = throttled((progress) => channel.send({ type: "progress", job: job.id, progress }));
    const outcomes = await executeJob(job, { ...ready, runOps: served.runOps, signal: running.signal, onProgress });
    channel.send({ type: "done", job: job.id, outcomes });
  }

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
        channel.close();
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
  // A terminal sends Ctrl-C to the whole group; when to stop is the coordinator's to say.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit(0));
  return {
    send(message) {
      if (process.connected) process.send?.(message);
    },
    listen(listener) {
      process.on("message", listener);
    },
    close() {
      process.exit(0);
    },
  };
}
