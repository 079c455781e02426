/** Draws the app at some eight frames a second, whatever the rate of events. */

import { render } from "ink";
import { closing, type Line, lineOf, opening, reasons } from "../lines.js";
import type { RunView, ViewOptions } from "../run-view.js";
import { INITIAL, reduce, stopping, type UiState } from "../state.js";
import { App } from "./App.js";

const FRAME_MS = 125;

export function openInkView({ title, resume, out, onStop }: ViewOptions): RunView {
  let state: UiState = INITIAL;
  let lines: readonly Line[] = [];
  let arrived: Line[] = [];

  const frame = () => {
    if (arrived.length > 0) {
      lines = [...lines, ...arrived];
      arrived = [];
    }
    return (
      <App
        title={title}
        state={state}
        lines={lines}
        nowMs={Date.now()}
        columns={out.columns ?? 80}
        rows={out.rows ?? 24}
        onStop={onStop}
      />
    );
  };
  const screen = render(frame(), { stdout: out, exitOnCtrlC: false, patchConsole: false, maxFps: 8 });
  const timer = setInterval(() => screen.rerender(frame()), FRAME_MS);

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
      clearInterval(timer);
      if (state.phase === "starting") state = { ...state, phase: "finished" };
      else arrived.push(...closing(state, { resume }));
      screen.rerender(frame());
      screen.unmount();
      await screen.waitUntilExit();
    },
  };
}
