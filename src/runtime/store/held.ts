/**
 * Windows neither replaces nor removes a file that somebody has open, if only for a moment: a scanner of viruses, an
 * indexer, a viewer. Such a thing is tried again for some seconds before it is an error.
 */

import { setTimeout as sleep } from "node:timers/promises";

const HELD = new Set(["EPERM", "EACCES", "EBUSY"]);
const PAUSES_MS = [10, 30, 100, 300, 1000, 2000];

/** @param platform as Node calls it */
export function isHeld(error: unknown, platform: NodeJS.Platform = process.platform): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return platform === "win32" && HELD.has(code);
}

/** @throws what the last attempt threw */
export async function insist<T>(work: () => Promise<T>, platform?: NodeJS.Platform): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isHeld(error, platform)) throw error;
      await sleep(pause);
    }
  }
  return await work();
}

/** The same where nobody can wait but the thread. @throws what the last attempt threw */
export function insistSync<T>(work: () => T, platform?: NodeJS.Platform): T {
  for (const pause of PAUSES_MS) {
    try {
      return work();
    } catch (error) {
      if (!isHeld(error, platform)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
  return work();
}
