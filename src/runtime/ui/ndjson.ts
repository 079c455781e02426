/** The journal's events as they happen, one JSON object a line: for other programs. */

import type { RunView, ViewOptions } from "./run-view.js";

export function openJsonView({ out }: Pick<ViewOptions, "out">): RunView {
  return {
    listener: (event) => {
      out.write(`${JSON.stringify(event)}\n`);
    },
    stopping: () => undefined,
    close: async () => undefined,
  };
}
