/** Ctrl-C, `q` and SIGTERM: the first wish stops gracefully, the second leaves at once. */

import { EXIT } from "./io.js";

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
  process.on("SIGINT", ask);
  process.on("SIGTERM", ask);
  return {
    signal: controller.signal,
    ask,
    dispose() {
      process.off("SIGINT", ask);
      process.off("SIGTERM", ask);
    },
  };
}
