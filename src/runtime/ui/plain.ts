/** One line a fact, for logs and pipes: no cursor movement, no repainting. */

import { counted } from "../../compiler/counted.js";
import { paint } from "./color.js";
import { duration } from "./format.js";
import {
  about,
  closing,
  type Line,
  lineOf,
  MARKS,
  opening,
  progressOf,
  queueText,
  reasons,
  waitingFor,
} from "./lines.js";
import type { RunView, ViewOptions } from "./run-view.js";
import { INITIAL, outlook, reduce, stopping, type UiState } from "./state.js";

/** A sign of life when nothing else was printed for so long. */
const HEARTBEAT_MS = 15_000;

export function openPlainView({ title, resume, out, color }: Omit<ViewOptions, "onStop">): RunView {
  let state: UiState = INITIAL;
  let lastPrinted = Date.now();
  const print = (text: string) => {
    out.write(`${text}\n`);
    lastPrinted = Date.now();
  };
  const printLine = (line: Line) => print(`${paint(color, line.mark, MARKS[line.mark])} ${line.text}`);
  const heartbeat = setInterval(() => {
    if (state.phase === "running" && Date.now() - lastPrinted >= HEARTBEAT_MS) print(pulse(state));
  }, 1000).unref();

  return {
    listener(event) {
      state = reduce(state, event);
      if (event.type === "run.started") {
        print(`${title} · ${state.engine} · ${counted(event.workers, "worker")}`);
        print(opening(state));
        const why = reasons(state);
        if (why !== undefined) print(why);
      }
      if (event.type === "queue" && event.submitted === undefined) print(`· ${queueText(state) ?? "no jobs are left"}`);
      const line = lineOf(event);
      if (line !== undefined) printLine(line);
    },
    stopping() {
      state = stopping(state);
      print("Stopping: nothing new starts, and running trainings keep what they have. Once more to leave at once.");
    },
    async close() {
      clearInterval(heartbeat);
      for (const line of closing(state, { resume })) printLine(line);
    },
  };
}

function pulse(state: UiState): string {
  const { share, remainingSeconds, basis } = outlook(state, Date.now());
  const running = state.lanes.flat().map((each) => (each.total > 0 ? `${each.label} ${progressOf(each)}` : each.label));
  const shown = [...running.slice(0, 3), ...[queueText(state) ?? []].flat(), ...waitingFor(state)].join(", ");
  return `· ${Math.floor(share * 100)} % · ${about(state)} ${duration(remainingSeconds)} left (${basis}) · ${shown}`;
}
