/** The workers of a run, one a slot, started when first needed and again when one was lost. */

import type { Worker, WorkerFactory } from "../workers/types.js";

export class Crew {
  private readonly workers = new Map<number, Promise<Worker>>();

  constructor(private readonly start: WorkerFactory) {}

  worker(slot: number): Promise<Worker> {
    let worker = this.workers.get(slot);
    if (worker === undefined) {
      worker = this.start(slot);
      this.workers.set(slot, worker);
      worker.catch(() => this.workers.delete(slot));
    }
    return worker;
  }

  /** Lets an idle worker go, and with it all it holds; the next one starts afresh. */
  async letGo(slot: number): Promise<void> {
    const worker = this.workers.get(slot);
    this.workers.delete(slot);
    if (worker !== undefined) await Promise.allSettled([worker.then((one) => one.stop())]);
  }

  /** Forgets a worker that is gone. */
  discard(slot: number): void {
    this.workers.delete(slot);
  }

  cancel(): void {
    for (const slot of this.workers.keys()) this.cancelJob(slot);
  }

  /** Of one worker; the others go on. */
  cancelJob(slot: number): void {
    void this.workers
      .get(slot)
      ?.then((one) => one.cancel())
      .catch(() => undefined);
  }

  async close(): Promise<void> {
    const open = [...this.workers.values()];
    this.workers.clear();
    await Promise.allSettled(open.map(async (worker) => (await worker).stop()));
  }
}
