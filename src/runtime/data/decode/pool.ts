/** Images decoded and resized by several threads, in their order. */

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { childModule } from "../../host/child-module.js";
import { adapterOf } from "../adapters/index.js";
import { DataError, type DataSource, type Item } from "../types.js";
import { type Chunk, type ChunkTask, type Preparation, prepareChunk } from "./chunk.js";
import type { Answer } from "./worker.js";

export interface DecodeRequest {
  readonly source: DataSource;
  readonly items: readonly Item[];
  readonly preparation: Preparation;
  readonly signal?: AbortSignal | undefined;
  /** As many threads as there are processors, unless given; 0 decodes in this one. */
  readonly threads?: number;
}

const CHUNK_IMAGES = 32;
/** Of rows of an array, which are cheap and lie together. */
const CHUNK_ROWS = 1024;
const CHUNK_BYTES = 8 * 2 ** 20;
const MOST_THREADS = 16;
/** For so few images no thread is started. */
const FEW = 64;

/** Chunks in the order of the items. What is thrown while one is made is thrown here. */
export async function* prepareAll(request: DecodeRequest): AsyncGenerator<Chunk> {
  const { source, items, signal } = request;
  const { reads } = adapterOf(source.adapter);
  const tasks = tasksOf(request, reads === "rows" ? CHUNK_ROWS : CHUNK_IMAGES);
  const threads = reads === "whole" || items.length <= FEW ? 0 : (request.threads ?? usualThreads());
  if (threads === 0) {
    // an adapter that reads files whole reads them once
    const whole = reads === "whole" ? [{ ...request.source, items, preparation: request.preparation }] : tasks;
    for (const task of whole) {
      signal?.throwIfAborted();
      yield await prepareChunk(task);
    }
    return;
  }
  const pool = new Pool(Math.min(threads, tasks.length));
  try {
    yield* ordered(tasks, pool, signal);
  } finally {
    await pool.close();
  }
}

/** Sources run without what was built have no thread's module. */
function usualThreads(): number {
  return import.meta.url.endsWith(".js") ? Math.min(availableParallelism(), MOST_THREADS) : 0;
}

function tasksOf({ source: { root, adapter }, items, preparation }: DecodeRequest, most: number): readonly ChunkTask[] {
  const { size, channels } = preparation;
  const count = Math.max(1, Math.min(most, Math.floor(CHUNK_BYTES / (channels * size * size))));
  const tasks: ChunkTask[] = [];
  for (let from = 0; from < items.length; from += count) {
    tasks.push({ root, adapter, items: items.slice(from, from + count), preparation });
  }
  return tasks;
}

async function* ordered(tasks: readonly ChunkTask[], pool: Pool, signal: AbortSignal | undefined) {
  const pending: Promise<Chunk>[] = [];
  let next = 0;
  const more = () => {
    const task = tasks[next++];
    if (task === undefined) return;
    const chunk = pool.run(task);
    // whoever waits for it hears of it; while none does, it is no unhandled failure
    chunk.catch(() => undefined);
    pending.push(chunk);
  };
  for (let i = 0; i < 2 * pool.size; i++) more();
  for (let chunk = pending.shift(); chunk !== undefined; chunk = pending.shift()) {
    signal?.throwIfAborted();
    const done = await chunk;
    more();
    yield done;
  }
}

interface Waiting {
  readonly task: ChunkTask;
  readonly resolve: (chunk: Chunk) => void;
  readonly reject: (error: Error) => void;
}

class Pool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #busy = new Map<Worker, Waiting>();

  constructor(readonly size: number) {
    for (let i = 0; i < size; i++) this.#start();
  }

  run(task: ChunkTask): Promise<Chunk> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): void {
    const worker = new Worker(childModule("data/decode/worker.js"), { stdout: true });
    worker.on("message", (answer: Answer) => {
      const waiting = this.#busy.get(worker);
      this.#busy.delete(worker);
      if (answer.ok) waiting?.resolve(answer.chunk);
      else waiting?.reject(errorOf(answer));
      this.#idle.push(worker);
      this.#next();
    });
    worker.on("error", (error) => {
      this.#busy.get(worker)?.reject(error instanceof Error ? error : new Error(String(error)));
      this.#busy.delete(worker);
    });
    this.#workers.push(worker);
    this.#idle.push(worker);
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const [worker, waiting] = [this.#idle.shift(), this.#queue.shift()];
      if (worker === undefined || waiting === undefined) return;
      this.#busy.set(worker, waiting);
      worker.postMessage(waiting.task);
    }
  }
}

function errorOf({ message, hint }: Extract<Answer, { ok: false }>): Error {
  return hint === undefined ? new Error(message) : new DataError(message.slice(0, -hint.length - 2), hint);
}
