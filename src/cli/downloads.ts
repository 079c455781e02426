/** Downloads as a user sees them: a line when one begins and ends, and on a terminal how far it is. */

import type { DownloadProgress } from "../runtime/hub/index.js";
import { bytes } from "../runtime/ui/format.js";
import { complain, type Io } from "./io.js";

const TELL_MS = 500;
const CLEAR_LINE = "\r\u001b[K";

/** On standard error; what a command prints stays clean. */
export function downloadLines(io: Io): (progress: DownloadProgress) => void {
  const begun = new Set<string>();
  let told = 0;
  return ({ file, done, total, state }) => {
    if (state === "waiting") {
      complain(io, `${file}: another process is downloading it`);
      return;
    }
    if (state === "whole") {
      if (!begun.delete(file)) return;
      complain(io, `${io.err.isTTY ? CLEAR_LINE : ""}${file}: ${bytes(total)} downloaded`);
      return;
    }
    if (!begun.has(file)) {
      begun.add(file);
      complain(io, `downloading ${file} (${bytes(total)})`);
    }
    if (!io.err.isTTY || Date.now() - told < TELL_MS) return;
    told = Date.now();
    io.err.write(
      `${CLEAR_LINE}  ${bytes(done)} of ${bytes(total)}, ${Math.floor((100 * done) / Math.max(1, total))} %`,
    );
  };
}
