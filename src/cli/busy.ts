/** Says what a command is at, once it takes longer than one likes to wait for without a word. On a terminal only. */

import { clearBusy, type Io, showBusy } from "./io.js";

const PATIENCE_MS = 1000;
const REDRAW_MS = 250;

export interface Busy {
  /** What is done from now on: `reading clinic`. */
  at(what: string): void;
}

/**
 * Does the work. Where standard error is a terminal and the work takes more than a second, a line there says what it is
 * at and for how long; it is gone before anything else is printed. Into a pipe or a file nothing is written.
 */
export async function whileBusy<T>(io: Io, what: string, work: (busy: Busy) => Promise<T>): Promise<T> {
  if (io.err.isTTY !== true || io.env.TERM === "dumb") return work({ at: () => undefined });
  const start = Date.now();
  let now = what;
  const timer = setInterval(() => {
    const took = Date.now() - start;
    if (took < PATIENCE_MS) return;
    showBusy(io, fitting(`${now} … ${Math.floor(took / 1000)} s`, io.err.columns));
  }, REDRAW_MS);
  // a command that ends otherwise does not wait for the clock
  timer.unref();
  try {
    return await work({
      at(next) {
        now = next;
      },
    });
  } finally {
    clearInterval(timer);
    clearBusy(io);
  }
}

/** A line that wraps could not be cleared. */
function fitting(text: string, columns = 80): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(1, columns - 2))}…`;
}
