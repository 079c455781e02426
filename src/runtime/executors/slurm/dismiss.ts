/** Sends the jobs of a run away and sees them off. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet.js";

export interface DismissOptions {
  /** How long to see them off; asked to go, a job keeps what it has first. */
  readonly withinMs: number;
  readonly meanwhile: () => Promise<void>;
  readonly everyMs?: number;
}

/** What went wrong, and what is left to do by hand; undefined where all are gone. */
export async function dismiss(
  fleet: Fleet,
  { withinMs, meanwhile, everyMs = 1000 }: DismissOptions,
): Promise<string | undefined> {
  const ids = fleet.living().map(({ id }) => id);
  if (ids.length === 0) return undefined;
  const problem = await fleet.cancel(ids);
  const start = performance.now();
  for (let told = new Set(ids); performance.now() - start < withinMs; ) {
    await sleep(everyMs);
    await meanwhile();
    await fleet.look();
    const living = fleet.living().map(({ id }) => id);
    if (living.length === 0 && fleet.silence === undefined) return undefined;
    // Found out about since, or requeued at the same moment.
    const more = living.filter((id) => !told.has(id));
    if (more.length > 0) await fleet.cancel(more);
    told = new Set([...told, ...more]);
  }
  const left = fleet.living().map(({ id }) => id);
  const why = problem ?? fleet.silence ?? "they do not go";
  return `jobs may still be in the queue (${why}): scancel ${left.join(" ")}`;
}
