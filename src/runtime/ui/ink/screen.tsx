/** Draws the app at some eight frames a second, whatever the rate of events. */

import { render, renderToString } from "ink";
import type { ReactElement } from "react";
import { closing, type Line, lineOf, opening, reasons } from "../lines.js";
import type { RunView, ViewOptions } from "../run-view.js";
import { INITIAL, reduce, stopping, type UiState } from "../state.js";
import { App } from "./App.js";
import { erasedAbove, reflows, rowsGained } from "./reflow.js";

const FRAME_MS = 125;

export function openInkView({ title, resume, out, onStop }: ViewOptions): RunView {
  let state: UiState = INITIAL;
  let lines: readonly Line[] = [];
  let arrived: Line[] = [];

  const look = () => ({ state, nowMs: Date.now(), columns: out.columns ?? 80, rows: out.rows ?? 24 });
  let drawn = look();
  const app = (shown: readonly Line[]): ReactElement => <App title={title} lines={shown} onStop={onStop} {...drawn} />;
  const frame = () => {
    if (arrived.length > 0) {
      lines = [...lines, ...arrived];
      arrived = [];
    }
    drawn = look();
    return app(lines);
  };
  // Ink has nothing to hold back: frames are as few as the timer makes them
  const screen = render(frame(), { stdout: out, exitOnCtrlC: false, patchConsole: false, maxFps: 60 });
  let closed = false;
  const draw = () => {
    if (!closed) screen.rerender(frame());
  };
  // timers come before signals: where the window was resized meanwhile, that is to be heard first
  const timer = setInterval(() => setImmediate(draw), FRAME_MS);

  /** Before Ink hears of it: it erases as many rows as it wrote lines, and would then draw the frame of the old width. */
  const resized = () => {
    const { columns } = look();
    if (columns < drawn.columns && reflows(process.env)) {
      out.write(erasedAbove(rowsGained(renderToString(app([]), { columns: drawn.columns }), columns)));
    }
    draw();
  };
  out.prependListener("resize", resized);

  return {
    listener(event) {
      state = reduce(state, event);
      if (event.type === "run.started") {
        for (const text of [opening(state), reasons(state)])
          if (text !== undefined) arrived.push({ mark: "note", text });
        return;
      }
      const line = lineOf(event);
      if (line !== undefined) arrived.push(line);
    },
    stopping() {
      state = stopping(state);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      out.off("resize", resized);
      if (state.phase === "starting") state = { ...state, phase: "finished" };
      else arrived.push(...closing(state, { resume }));
      screen.rerender(frame());
      screen.unmount();
      await screen.waitUntilExit();
    },
  };
}
