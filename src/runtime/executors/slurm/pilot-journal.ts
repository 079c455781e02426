/** What a pilot tells those who follow it: its events as lines of a file, flushed every half second. */

import { type EventSink, stamped } from "../../journal/journal.js";
import { appendText } from "./lines.js";
import type { PilotLine, PilotRecord } from "./records.js";

const FLUSH_MS = 500;
/** Of a node; a screen elsewhere shows no more. */
const PROGRESS_EVERY_MS = 1000;
/** With a full disk, progress is not worth keeping. */
const MOST_KEPT = 1 << 20;

export class PilotJournal implements EventSink {
  private pending = "";
  private readonly timer: NodeJS.Timeout;
  private readonly lastProgress = new Map<string, number>();

  constructor(private readonly path: string) {
    this.timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  emit(event: Parameters<EventSink["emit"]>[0]): void {
    if (event.type === "node.progress") {
      const now = performance.now();
      if (now - (this.lastProgress.get(event.node) ?? Number.NEGATIVE_INFINITY) < PROGRESS_EVERY_MS) return;
      if (this.pending.length > MOST_KEPT) return;
      this.lastProgress.set(event.node, now);
    }
    this.write(stamped(event, new Date()));
  }

  record(record: PilotRecord): void {
    this.write(record);
    this.flush();
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
  }

  private write(line: PilotLine): void {
    this.pending += `${JSON.stringify(line)}\n`;
  }

  private flush(): void {
    if (this.pending === "") return;
    try {
      appendText(this.path, this.pending);
      this.pending = "";
    } catch {
      // A full disk or a server away for a while: the next flush tries again, and results go by the cache.
    }
  }
}
