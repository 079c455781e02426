/** How a run is shown: an Ink screen, plain lines, or NDJSON for other programs. */

import type { RunView, ViewOptions } from "./run-view.js";

export type { RunView } from "./run-view.js";

export type ViewKind = "ink" | "plain" | "json";

export async function openView(kind: ViewKind, options: ViewOptions): Promise<RunView> {
  switch (kind) {
    case "ink": {
      // The library that paints for Ink asks the environment once, when it is loaded, and not for NO_COLOR.
      if (options.color === "plain") process.env.FORCE_COLOR = "0";
      // Ink and React take a quarter of a second to load; only a terminal needs them.
      const { openInkView } = await import("./ink/screen.js");
      return openInkView(options);
    }
    case "plain":
      return (await import("./plain.js")).openPlainView(options);
    case "json":
      return (await import("./ndjson.js")).openJsonView(options);
    default:
      return kind satisfies never;
  }
}

/** `auto` is a screen where there is a terminal to draw on, else plain lines. */
export function chooseView(wish: "auto" | ViewKind, out: NodeJS.WriteStream, input: NodeJS.ReadStream): ViewKind {
  if (wish !== "auto") return wish;
  const dumb = process.env.TERM === "dumb" || process.env.CI !== undefined;
  return out.isTTY && input.isTTY && !dumb ? "ink" : "plain";
}
