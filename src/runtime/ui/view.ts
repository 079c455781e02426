/** How a run is shown: an Ink screen, plain lines, or NDJSON for other programs. */

import type { EventListener } from "../journal/journal.js";

export interface RunView {
  readonly listener: EventListener;
  /** After the last event: prints how it ended and gives the terminal back. */
  close(): Promise<void>;
  /** The first wish to stop has been heard. */
  stopping(): void;
}

export type ViewKind = "ink" | "plain" | "json";

export interface ViewOptions {
  readonly title: string;
  /** The command that resumes this run. */
  readonly resume: string;
  readonly out: NodeJS.WriteStream;
  readonly color: "color" | "plain";
  /** The user pressed `q` or Ctrl-C; the second time means at once. */
  readonly onStop: () => void;
}

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
