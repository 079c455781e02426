/**
 * Ctrl-C, `q`, SIGTERM, a terminal that is closed and a time that has run out: the first wish stops gracefully, the
 * second leaves at once, and takes the workers along.
 */

import { LeaveError } from "../runtime/executors/types.js";
import { EXIT } from "./io.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** It is not the run that is to end, but the machine or the terminal it is watched from. */
const LEAVING: ReadonlySet<string> = new Set(["SIGTERM", "SIGHUP"]);

export interface StopListener {
  readonly signal: AbortSignal;
  /** Someone wishes to stop. */
  readonly ask: () => void;
  dispose(): void;
}

/** No timer waits longer than this. */
const LONGEST_MS = 2 ** 31 - 1;

/** @param after seconds after which it stops by itself */
export function listenForStop(onFirst: () => void, after?: number): StopListener {
  const controller = new AbortController();
  const stop = (reason?: Error) => {
    controller.abort(reason);
    onFirst();
  };
  const ask = (signal?: string) => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    stop(signal !== undefined && LEAVING.has(signal) ? new LeaveError() : undefined);
  };
  const timer =
    after === undefined
      ? undefined
      : setTimeout(() => controller.signal.aborted || stop(), Math.min(LONGEST_MS, after * 1000)).unref();
  for (const signal of SIGNALS) process.on(signal, ask);
  return {
    signal: controller.signal,
    ask: () => ask(),
    dispose() {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, ask);
    },
  };
}
