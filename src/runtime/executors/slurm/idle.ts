/** Notices that a pilot's workers have had nothing to do for some time. */

import type { Worker, WorkerFactory } from "../../workers/types.js";

const LOOKS = 10;

export class IdleWatch {
  private busy = 0;
  private idleMs = 0;
  private readonly timer: NodeJS.Timeout;

  /** @param afterMs of this process' own time; what it sleeps through does not count */
  constructor(afterMs: number, onIdle: () => void) {
    const everyMs = Math.max(10, afterMs / LOOKS);
    this.timer = setInterval(() => {
      this.idleMs = this.busy > 0 ? 0 : this.idleMs + everyMs;
      if (this.idleMs >= afterMs) onIdle();
    }, everyMs).unref();
  }

  watching(start: WorkerFactory): WorkerFactory {
    return async (slot) => this.watched(await this.during(start(slot)));
  }

  end(): void {
    clearInterval(this.timer);
  }

  private watched(worker: Worker): Worker {
    return {
      run: (job, onProgress, onNote) => this.during(worker.run(job, onProgress, onNote)),
      cancel: () => worker.cancel(),
      stop: () => worker.stop(),
    };
  }

  private async during<T>(work: Promise<T>): Promise<T> {
    this.busy += 1;
    try {
      return await work;
    } finally {
      this.busy -= 1;
    }
  }
}
