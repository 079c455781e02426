/** A window that is made narrower while a run is shown: one frame stands there, and every finished line. */

import { afterEach, describe, expect, it, vi } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { rowsGained } from "../../../src/runtime/ui/ink/reflow.js";
import type { RunView } from "../../../src/runtime/ui/run-view.js";
import { Terminal } from "../../support/terminal.js";
import { STARTED } from "./started.js";

vi.setConfig({ testTimeout: 60_000 });
const key = (name: string) => name as NodeKey;
const about = (name: string) =>
  ({ node: key(name), op: "train", label: `train of ${name} on digits_few`, worker: 0 }) as const;
const event = (of: Omit<RunEvent, "at">): RunEvent => ({ at: new Date().toISOString(), ...of }) as RunEvent;
const START = event(STARTED);

let view: RunView | undefined;
afterEach(async () => {
  await view?.close();
  view = undefined;
  vi.unstubAllEnvs();
});

const frames = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const count = (text: string, of: string) => text.split(of).length - 1;

/** A view in which a node was finished and another runs. */
async function shown(terminal: Terminal, env: { readonly [name: string]: string | undefined }) {
  // Ink draws nothing until the end where it takes the terminal for a CI's
  for (const name of ["CI", "CONTINUOUS_INTEGRATION", "BUILD_NUMBER", "RUN_ID"]) vi.stubEnv(name, undefined);
  for (const name of ["TMUX", "XTERM_VERSION", "STY"]) vi.stubEnv(name, env[name]);
  vi.resetModules();
  const { openInkView } = await import("../../../src/runtime/ui/ink/screen.js");
  const out = terminal as unknown as NodeJS.WriteStream;
  view = openInkView({
    title: "Transfer from clothes",
    resume: "xferc run",
    out,
    color: "plain",
    onStop: () => undefined,
  });
  view.listener(START);
  view.listener(
    event({ type: "node.started", ...about("first"), attempt: 1, estimateSeconds: 10 } as Omit<RunEvent, "at">),
  );
  view.listener(
    event({ type: "node.finished", ...about("first"), seconds: 9, summary: "val 0.93" } as Omit<RunEvent, "at">),
  );
  const long = { ...about("second"), label: "train of a model with a rather long name on digits_few, WT #1 of many" };
  view.listener(event({ type: "node.started", ...long, attempt: 1, estimateSeconds: 10 } as Omit<RunEvent, "at">));
  await frames(0.6);
}

function expectOneFrame({ text }: Terminal): void {
  for (const once of ["Transfer", "of 6 done", "█", "q or Ctrl-C", "train of a"]) {
    expect([once, count(text.replaceAll(/█+/g, "█"), once)]).toEqual([once, 1]);
  }
  expect(count(text.replaceAll(/\s/g, ""), "✓trainoffirstondigits_few")).toBe(1);
}

describe("a window that is made narrower", () => {
  it.each([
    ["breaks lines anew", "break anew", {}],
    ["is tmux inside xterm", "break anew", { TMUX: "/tmp/tmux", XTERM_VERSION: "XTerm(390)" }],
    ["cuts lines off", "cut off", { XTERM_VERSION: "XTerm(390)" }],
  ] as const)("leaves one frame and every finished line where the terminal %s", async (_, narrowing, env) => {
    const terminal = new Terminal(110, 30, narrowing);
    terminal.write("$ xferc run study.xfer\n");
    await shown(terminal, env);
    expectOneFrame(terminal);
    for (const columns of [70, 45, 31, 90, 40]) {
      terminal.resize(columns);
      expectOneFrame(terminal);
      await frames(0.3);
      expectOneFrame(terminal);
    }
    expect(terminal.text.split("\n")[0]).toBe("$ xferc run study.xfer".slice(0, 31));
  });

  it("counts the rows that lines come to take", () => {
    expect(rowsGained("", 10)).toBe(0);
    expect(rowsGained("0123456789", 10)).toBe(0);
    expect(rowsGained("01234567890\n\n\u001b[31m0123456789\u001b[39m\n012345678901234567890", 10)).toBe(3);
  });
});
