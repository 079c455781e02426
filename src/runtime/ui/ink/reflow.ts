/**
 * What becomes of lines on the screen when the terminal's window is made narrower. Rows that scroll away by it (tmux counts
 * the blank ones below) are out of anyone's reach: what was drawn there stays in the history, not on the screen.
 */

import { stripVTControlCharacters } from "node:util";

/** Most terminals break lines anew; xterm and GNU screen cut them off, and rows stay where they are. */
export function reflows({ TMUX, XTERM_VERSION, STY }: NodeJS.ProcessEnv): boolean {
  return TMUX !== undefined || (XTERM_VERSION === undefined && STY === undefined);
}

/** How many rows more a text takes in a window of so many columns than it has lines. */
export function rowsGained(text: string, columns: number): number {
  const widths = stripVTControlCharacters(text)
    .split("\n")
    .map((line) => [...line].length);
  return widths.reduce((sum, width) => sum + Math.max(0, Math.ceil(width / columns) - 1), 0);
}

/** Erases rows from the cursor's on upwards, and leaves the cursor in the one above them. */
export function erasedAbove(rows: number): string {
  return "\u001b[2K\u001b[1A".repeat(rows);
}
