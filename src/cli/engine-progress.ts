/** Shows an installation: a line a step, and on a terminal how far it is at the end of it. */

import type { Report } from "../runtime/engine/tensorflow/install/report.js";
import { bytes } from "../runtime/ui/format.js";

export interface ProgressView {
  readonly report: Report;
  close(): void;
}

const REDRAW_MS = 100;

export function openProgress(out: NodeJS.WriteStream, now: () => number = Date.now): ProgressView {
  const live = out.isTTY === true;
  let line = "";
  let drawn = 0;
  const end = () => {
    if (line !== "") out.write("\n");
    line = "";
  };
  const report: Report = {
    step(_, text) {
      end();
      out.write(live ? text : `${text}\n`);
      if (live) line = text;
    },
    progress(done, total) {
      if (line === "" || now() - drawn < REDRAW_MS) return;
      drawn = now();
      const share = total === undefined || total === 0 ? bytes(done) : `${Math.floor((100 * done) / total)} %`;
      out.write(`\r${line} … ${share}\u001b[K`);
    },
    note(text) {
      end();
      out.write(`  ${text}\n`);
    },
  };
  return { report, close: end };
}
