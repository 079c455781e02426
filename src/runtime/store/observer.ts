/**
 * Tells the living from the dead by what changes, and by this process's own clock alone: clocks of hosts may differ, jump
 * or be set, and time stamps of files are some server's. A holder that has written nothing new for several of its own
 * intervals is over.
 */

import { isGone, type Sign } from "./holder.js";

/** Missed writes in a row. */
export const MISSED = 6;
/** Nobody is waited for longer between two signs of life, whatever it promises. */
const LONGEST_MS = 600_000;

interface Seen {
  readonly beat: number;
  readonly quietMs: number;
  readonly lookedMs: number;
}

export class Observer {
  private readonly seen = new Map<string, Seen>();

  /** @param now milliseconds that only ever grow */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the holder is over, as of this look. The first look never says so, unless its process is known to be gone. */
  isOver({ holder, beat }: Sign): boolean {
    if (isGone(holder)) return true;
    return this.isQuiet(holder.id, beat, holder.everyMs);
  }

  /** As `isOver`, for something known by a name and a number that changes. */
  isQuiet(name: string, beat: number, everyMs: number): boolean {
    const now = this.now();
    const every = Math.min(LONGEST_MS, Math.max(1, everyMs));
    const before = this.seen.get(name);
    if (before === undefined || before.beat !== beat) {
      this.seen.set(name, { beat, quietMs: 0, lookedMs: now });
      return false;
    }
    // Between two looks far apart it was perhaps this process, or the whole file server, that stood still.
    const quietMs = before.quietMs + Math.min(every, Math.max(0, now - before.lookedMs));
    this.seen.set(name, { beat, quietMs, lookedMs: now });
    return quietMs >= MISSED * every;
  }
}
