/**
 * One installation at a time: whoever comes second waits, and finds it done. A holder touches its lock while it lives,
 * so a lock that was not touched for a minute belongs to no one, on whatever machine it was taken. Correctness does not
 * rest on it (staging folders are private, publication is a rename); it saves the second download.
 */

import { mkdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface LockTimes {
  readonly touchMs: number;
  readonly staleMs: number;
  readonly askMs: number;
}

const TIMES: LockTimes = { touchMs: 10_000, staleMs: 60_000, askMs: 500 };

export async function withLock<T>(
  folder: string,
  { signal, onWait, times = TIMES }: { signal: AbortSignal; onWait: (lock: string) => void; times?: LockTimes },
  work: () => Promise<T>,
): Promise<T> {
  const lock = join(folder, ".lock");
  for (let waited = 0; !(await take(lock)); waited++) {
    if (await isStale(lock, times.staleMs)) {
      await rm(lock, { recursive: true, force: true });
      continue;
    }
    if (waited === 0) onWait(lock);
    await sleep(times.askMs, undefined, { signal });
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined);
  }, times.touchMs);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function isStale(lock: string, staleMs: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > staleMs;
  } catch {
    return false;
  }
}
