/** Ctrl-C, `q`, SIGTERM and a terminal that is closed: the first wish stops gracefully, the second leaves at once. */

import { EXIT } from "./io.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface StopListener {
  readonly signal: AbortSignal;
  /** Someone wishes to stop. */
  readonly ask: () => void;
  dispose(): void;
}

export function listenForStop(onFirst: () => void): StopListener {
  const controller = new AbortController();
  const ask = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
    onFirst();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  return {
    signal: controller.signal,
    ask,
    dispose() {
      for (const signal of SIGNALS) process.off(signal, ask);
    },
  };
}
