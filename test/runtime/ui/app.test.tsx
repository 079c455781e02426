import { render } from "ink-testing-library";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { App, type AppProps } from "../../../src/runtime/ui/ink/App.js";
import { INITIAL, type Running, stopping, type UiState } from "../../../src/runtime/ui/state.js";

const running = (label: string, more: Partial<Running> = {}): Running => ({
  node: label as NodeKey,
  op: "train",
  label,
  attempt: 1,
  startedMs: 0,
  estimateSeconds: 60,
  atMost: false,
  done: 0,
  total: 0,
  resumedAt: 0,
  values: {},
  series: undefined,
  ...more,
});

const state: UiState = {
  ...INITIAL,
  phase: "running",
  study: "quickstart",
  engine: "onnx 1.30 cpu",
  cells: 12,
  nodes: 40,
  cached: 10,
  savedSeconds: 90,
  lanes: [
    [
      running("train vit_s on digits_few, WT #1", {
        done: 60,
        total: 120,
        series: { name: "loss", values: [2.3, 1.2, 0.6] },
      }),
    ],
    [running("knn", { estimateSeconds: 1 }), running("cka", { estimateSeconds: 1 })],
  ],
  finished: 12,
  estimate: { total: 200, ended: 40 },
};

const props: AppProps = {
  title: "Transfer from clothes",
  state,
  lines: [],
  nowMs: 30_000,
  columns: 100,
  rows: 24,
  onStop: () => undefined,
};
let mounted: ReturnType<typeof render> | undefined;
function frame(over: Partial<AppProps> = {}): string {
  mounted = render(<App {...props} {...over} />);
  return mounted.lastFrame() ?? "";
}
afterEach(() => {
  mounted?.unmount();
  mounted = undefined;
});

describe("the screen", () => {
  it("shows title, progress with its basis, counts and a lane a worker", () => {
    const text = frame();
    expect(text).toContain("Transfer from clothes · onnx 1.30 cpu");
    expect(text).toMatch(/█+░+ +\d+ % {2}about .* left, from the pace so far/);
    expect(text).toContain("12 of 30 done · 10 cached (saved 1 min 30 s) · 30 s");
    expect(text).toMatch(/1 {2}train vit_s on digits_few, WT #1 .*█▃▁ loss 0\.6 60\/120 30 s/);
    expect(text).toContain("2  knn +1");
    expect(text).toContain("q or Ctrl-C stops; finished work is kept");
  });

  it("shows failures and lost workers", () => {
    const text = frame({
      state: {
        ...state,
        failed: 1,
        skipped: 2,
        lostWorkers: 1,
        failures: [{ label: "train b", message: "loss is NaN" }],
      },
    });
    expect(text).toContain("1 failed · 2 skipped · 1 worker lost");
    expect(text).toContain("✗ train b: loss is NaN");
  });

  it("stays smaller than the terminal, with many workers and few rows and columns", () => {
    const lanes = Array.from({ length: 32 }, (_, index) =>
      index < 20 ? [running(`a rather long label of node ${index}`)] : [],
    );
    for (const [columns, rows] of [
      [40, 10],
      [20, 12],
      [200, 24],
    ] as const) {
      const lines = frame({ state: { ...state, lanes }, columns, rows }).split("\n");
      expect(lines.length).toBeLessThan(rows);
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThan(columns);
      mounted?.unmount();
    }
    expect(frame({ state: { ...state, lanes }, rows: 12 })).toContain("more workers");
  });

  it("says which runs it waits for, and what they made", () => {
    const waiting = new Map([["a" as NodeKey, { run: "2026-2", host: "1a2b3c4d", pid: 4711 }]]);
    const text = frame({ state: { ...state, shared: 3, waiting } });
    expect(text).toContain("waiting for 1 node of run 2026-2 (process 4711 on host 1a2b3c4d)");
    expect(text).toContain("10 cached (saved 1 min 30 s) · 3 by other runs");
    expect(frame({ state: { ...state, waiting }, rows: 10 }).split("\n").length).toBeLessThan(10);
  });

  it("says how jobs stand in the queue", () => {
    const at = "2026-11-23T09:30:00.000Z";
    const queue = { at, type: "queue", running: 1, waiting: 2, reasons: { Priority: 2 } } as const;
    expect(frame({ state: { ...state, queue } })).toContain("1 job runs, 2 wait in the queue (Priority)");
    expect(frame({ state: { ...state, queue }, rows: 10 }).split("\n").length).toBeLessThan(10);
  });

  it("keeps finished lines above", () => {
    const text = frame({ lines: [{ mark: "done", text: "train vit_s · val 0.93 · 12 s" }] });
    expect(text.indexOf("✓ train vit_s · val 0.93 · 12 s")).toBeLessThan(text.indexOf("Transfer from clothes"));
  });

  it("says that it is stopping", () => {
    expect(frame({ state: stopping(state) })).toContain("stopping: nothing new starts");
  });

  it.each([["q"], ["\u0003"]])("asks to stop on %j", async (pressed) => {
    const onStop = vi.fn();
    frame({ onStop });
    await new Promise((resolve) => setTimeout(resolve, 20));
    mounted?.stdin.write(pressed);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(onStop).toHaveBeenCalledTimes(1);
  });
});
