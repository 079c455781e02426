/** What every way of showing a run is given and gives back. */

import type { EventListener } from "../journal/journal.js";

export interface RunView {
  readonly listener: EventListener;
  /** After the last event: prints how it ended and gives the terminal back. */
  close(): Promise<void>;
  /** The first wish to stop has been heard. */
  stopping(): void;
}

export interface ViewOptions {
  readonly title: string;
  /** The command that resumes this run. */
  readonly resume: string;
  readonly out: NodeJS.WriteStream;
  readonly color: "color" | "plain";
  /** The user pressed `q` or Ctrl-C; the second time means at once. */
  readonly onStop: () => void;
}
