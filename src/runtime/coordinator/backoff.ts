/** How long to wait before a node is tried again: what took its worker may take the next one too, for a while. */

import { setTimeout } from "node:timers/promises";

const FIRST_SECONDS = 1;
const LONGEST_SECONDS = 60;

/** Doubles with every attempt. Without jitter: one coordinator retries, and a run can be told again from its journal. */
export function backoffSeconds(attempt: number): number {
  return Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (Math.max(1, attempt) - 1));
}

/** Cut short by the signal. */
export async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
}
