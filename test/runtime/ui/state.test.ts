import { describe, expect, it } from "vitest";
import type { NodeKey, OpName } from "../../../src/compiler/plan/types.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import type { NewEvent } from "../../../src/runtime/journal/journal.js";
import { bytes, clipped, duration, figure, sparkline } from "../../../src/runtime/ui/format.js";
import {
  closing,
  holderName,
  lineOf,
  opening,
  progressOf,
  queueText,
  reasons,
  waitingFor,
} from "../../../src/runtime/ui/lines.js";
import { openPlainView } from "../../../src/runtime/ui/plain.js";
import { INITIAL, outlook, reduce, stopping, type UiState } from "../../../src/runtime/ui/state.js";
import { STARTED } from "./started.js";

const key = (name: string) => name as NodeKey;
const at = (seconds: number) => new Date(seconds * 1000).toISOString();

type Timed = readonly [seconds: number, event: NewEvent];
const fold = (...events: readonly Timed[]): UiState =>
  events.reduce((state, [seconds, event]) => reduce(state, { at: at(seconds), ...event }), INITIAL);

const start: Timed = [0, STARTED];
const begin = (seconds: number, name: string, worker: number, estimateSeconds: number, attempt = 1): Timed => [
  seconds,
  { type: "node.started", node: key(name), op: "train", label: name, worker, attempt, estimateSeconds },
];
const end = (seconds: number, name: string, worker: number, took: number, op: OpName = "train"): Timed => [
  seconds,
  { type: "node.finished", node: key(name), op, label: name, worker, seconds: took, summary: "val 0.93" },
];
const fail = (seconds: number, name: string, worker: number, willRetry: boolean): Timed => [
  seconds,
  {
    type: "node.failed",
    node: key(name),
    op: "train",
    label: name,
    worker,
    attempt: 1,
    message: "loss is NaN",
    willRetry,
  },
];

describe("plain lines", () => {
  it("say for whose run, process and node one waits", async () => {
    let text = "";
    const out = { write: (piece: string) => (text += piece) } as unknown as NodeJS.WriteStream;
    const view = openPlainView({ title: "Study", resume: "xferc run", out, color: "plain" });
    const holder = { run: "2026-2", host: "1a2b3c4d", pid: 4711 };
    const waiting = { type: "node.waiting", node: key("a"), op: "train", label: "train a", holder } as const;
    view.listener({ at: at(0), ...start[1] } as RunEvent);
    view.listener({ at: at(1), ...waiting });
    await view.close();
    expect(text).toContain("train a: waiting for run 2026-2 (process 4711 on host 1a2b3c4d), which computes it\n");
  });
});

describe("trainings that may stop early", () => {
  const early = { ...STARTED, atMost: true } as const;
  const [, began] = begin(0, "a", 0, 20);
  const started = fold([0, early], [0, { ...began, atMost: true } as NewEvent]);
  const progress = { type: "node.progress", node: key("a"), worker: 0, done: 30, total: 120, values: {} } as const;

  it("take at most what is estimated", () => {
    expect(opening(started)).toContain("6 to compute, at most about 30 s");
    expect(opening(fold(start))).toContain("6 to compute, about 30 s");
    const [running] = reduce(started, { at: at(5), ...progress }).lanes.flat();
    expect(running && progressOf(running)).toBe("30/≤120");
    expect(progressOf({ done: 30, total: 120, atMost: false })).toBe("30/120");
    expect(reduce(started, { at: at(1), type: "run.replanned", nodes: 9, cached: 4, estimateSeconds: 9 }).atMost).toBe(
      false,
    );
  });

  it("are no faster for having stopped: the pace is of the steps they took", () => {
    const stopped = [[5, progress], end(5, "a", 0, 5)] as const satisfies readonly Timed[];
    const after = stopped.reduce((state, [seconds, event]) => reduce(state, { at: at(seconds), ...event }), started);
    expect(after.measured).toEqual({ estimated: 5, taken: 5 });
    expect(after.estimate).toEqual({ total: 60, ended: 20 });
    // 40 seconds of work left for two workers, at the pace that was expected
    expect(outlook(after, 5000).remainingSeconds).toBeCloseTo(20, 9);
  });
});

describe("another plan in the middle of a run", () => {
  it("is what is counted from then on", () => {
    const before = fold(start, begin(0, "a", 0, 10), end(10, "a", 0, 10));
    expect(outlook(before, 10_000)).toMatchObject({ share: 10 / 60 });
    const after = reduce(before, { at: at(10), type: "run.replanned", nodes: 14, cached: 4, estimateSeconds: 90 });
    expect(after).toMatchObject({ nodes: 14, cached: 4, finished: 1, estimate: { total: 100, ended: 10 } });
    expect(outlook(after, 10_000)).toMatchObject({ share: 0.1 });
  });
});

describe("the start", () => {
  const started = (event: object) => fold([0, { ...start[1], ...event } as NewEvent]);
  const batch = { kind: "parameter", nodes: 8, text: "because batch 64 → 32 (study.xfer:41)" };
  const fresh = { kind: "new", nodes: 4, text: "new" };

  it("says why nodes run, the reason of most first", () => {
    const state = started({ nodes: 20, cached: 8, causes: [batch, fresh] });
    expect(reasons(state)).toBe("12 nodes run: 8 because batch 64 → 32 (study.xfer:41), 4 new");
    const many = Array.from({ length: 5 }, (_, index) => ({ ...batch, nodes: 1, text: `because of ${index}` }));
    expect(reasons(started({ causes: many }))).toBe(
      "5 nodes run: 1 because of 0, 1 because of 1, 1 because of 2, 2 for other reasons (xferc plan --why)",
    );
  });

  it("says nothing where all is new, or nothing runs, or an early journal does not tell", () => {
    expect(reasons(started({ nodes: 4, cached: 0, causes: [fresh] }))).toBeUndefined();
    expect(reasons(started({ nodes: 10, cached: 10, causes: [] }))).toBeUndefined();
    expect(reasons(started({ causes: undefined }))).toBeUndefined();
  });

  it("tells what the cache saves from what sharing saves", () => {
    expect(opening(started({ sharedSeconds: 90 }))).toBe(
      "10 nodes for 4 cells: 4 from the cache (saves 30 s), 6 to compute, about 30 s; sharing saves about 1 min 30 s",
    );
  });
});

describe("lanes", () => {
  it("show what runs where, with its latest values and the course of its loss", () => {
    const progress = (done: number, values: { [name: string]: number }): Timed => [
      2,
      { type: "node.progress", node: key("a"), worker: 1, done, total: 9, values },
    ];
    const state = fold(
      start,
      begin(1, "a", 1, 20),
      progress(1, { lr: 0.1, loss: 2 }),
      progress(2, { loss: 1.5 }),
      progress(3, { val: 0.4 }),
    );
    expect(state.lanes[0]).toEqual([]);
    expect(state.lanes[1]).toMatchObject([
      {
        label: "a",
        done: 3,
        total: 9,
        values: { lr: 0.1, loss: 1.5, val: 0.4 },
        series: { name: "loss", values: [2, 1.5] },
      },
    ]);
  });

  it("hold the nodes of one pass together and let them go one by one", () => {
    const state = fold(start, begin(1, "a", 0, 1), begin(1, "b", 0, 1), end(2, "a", 0, 1));
    expect(state.lanes[0]?.map(({ label }) => label)).toEqual(["b"]);
  });

  it("are emptied by the loss of their worker", () => {
    const state = fold(
      start,
      begin(1, "a", 0, 1),
      [2, { type: "worker.lost", worker: 0, message: "SIGKILL" }],
      fail(2, "a", 0, true),
    );
    expect(state).toMatchObject({ lanes: [[], []], lostWorkers: 1, failed: 0 });
  });
});

describe("counts", () => {
  it("tell finished, failed and skipped apart", () => {
    const state = fold(start, begin(1, "a", 0, 1), end(2, "a", 0, 1), begin(2, "b", 0, 1), fail(3, "b", 0, false), [
      3,
      { type: "node.skipped", node: key("c"), op: "score", label: "c", because: key("b") },
    ]);
    expect(state).toMatchObject({
      finished: 1,
      failed: 1,
      skipped: 1,
      failures: [{ label: "b", message: "loss is NaN" }],
    });
  });
});

describe("jobs in a queue", () => {
  const queue = (running: number, waiting: number, reasons = {}): Timed => [
    1,
    { type: "queue", running, waiting, reasons },
  ];
  it.each([
    [queue(2, 0), "2 jobs run"],
    [queue(1, 1, { Priority: 1 }), "1 job runs, 1 waits in the queue (Priority)"],
    [queue(0, 1, { Resources: 1 }), "1 job waits in the queue (Resources)"],
    [queue(1, 3, { Priority: 2, Resources: 1 }), "1 job runs, 3 wait in the queue (2 Priority, 1 Resources)"],
    [queue(0, 0), undefined],
  ])("are counted, with what they wait for", (event, text) => {
    expect(queueText(fold(start, event))).toBe(text);
  });

  it("are told when they are submitted", () => {
    const event = {
      type: "queue",
      running: 0,
      waiting: 2,
      reasons: {},
      submitted: { array: "4711", jobs: 2 },
    } as const;
    expect(lineOf({ at: at(0), ...event })?.text).toBe("2 jobs submitted to the queue (4711)");
  });
});

describe("other runs on the same cache", () => {
  const holder = { run: "2026-2", host: null, pid: 4711 };
  const wait = (seconds: number, name: string): Timed => [
    seconds,
    { type: "node.waiting", node: key(name), op: "train", label: name, holder },
  ];
  const share = (seconds: number, name: string): Timed => [
    seconds,
    { type: "node.shared", node: key(name), op: "train", label: name, savedSeconds: 90, estimateSeconds: 10 },
  ];

  it("are waited for, and what they make counts as done", () => {
    const waiting = fold(start, wait(1, "a"), wait(1, "b"), wait(2, "c"), begin(3, "c", 0, 10));
    expect(waitingFor(waiting)).toEqual(["waiting for 2 nodes of run 2026-2 (process 4711 here)"]);
    const shared = fold(start, wait(1, "a"), share(5, "a"), begin(6, "b", 0, 10), share(7, "b"));
    expect(shared).toMatchObject({ shared: 2, finished: 0, waiting: new Map(), lanes: [[], []] });
    expect(outlook(shared, 7000).share).toBeCloseTo(20 / 60);
  });

  it("are named in lines: which run, which process, and on which host where it is another", () => {
    const text = (event: NewEvent) => lineOf({ at: at(0), ...event })?.text;
    expect(text(wait(1, "train a")[1])).toBe("train a: waiting for run 2026-2 (process 4711 here), which computes it");
    expect(holderName({ ...holder, host: "1a2b3c4d" })).toBe("run 2026-2 (process 4711 on host 1a2b3c4d)");
    expect(holderName(null)).toBe("another run");
    expect(text(share(1, "train a")[1])).toBe("train a · computed by another run (saves 1 min 30 s)");
    expect(text({ type: "lease.lost", node: key("a"), op: "train", label: "train a", worker: 0 })).toContain(
      "another one has taken it over",
    );
  });

  it("are in the last line", () => {
    const state = fold(start, share(2, "a"), [
      3,
      { type: "run.finished", seconds: 3, computed: 0, cached: 9, failed: 0, shared: 1, report: null },
    ]);
    expect(closing(state, { resume: "" }).map(({ text }) => text)).toEqual([
      "10 nodes in 3.0 s: 0 computed, 4 cached, 1 computed by other runs meanwhile.",
    ]);
  });

  it("and clocks that were set back do not make times negative", () => {
    const state = fold(start, [-60, { type: "run.interrupted", finished: 0, remaining: 6 }]);
    expect(closing(state, { resume: "" })[0]?.text).toContain("Stopped after 0.0 s");
  });
});

describe("the outlook", () => {
  it("starts from the estimates, split over the workers", () => {
    expect(outlook(fold(start), 0)).toEqual({ share: 0, remainingSeconds: 30, basis: "from estimates" });
  });

  it("moves with the progress of what runs", () => {
    const state = fold(start, begin(0, "a", 0, 30), [
      5,
      { type: "node.progress", node: key("a"), worker: 0, done: 5, total: 10, values: {} },
    ]);
    expect(outlook(state, 5000).share).toBeCloseTo(0.25);
  });

  it("goes by the measured pace once there is one", () => {
    const state = fold(start, begin(0, "a", 0, 30), end(60, "a", 0, 60));
    const { share, remainingSeconds, basis } = outlook(state, 60_000);
    expect(share).toBeCloseTo(0.5);
    expect(remainingSeconds).toBeCloseTo((30 * (63 / 33)) / 2);
    expect(basis).toBe("from the pace so far");
  });

  it("goes by the pace of what is running, too", () => {
    const state = fold(start, begin(0, "a", 0, 60), [
      60,
      { type: "node.progress", node: key("a"), worker: 0, done: 1, total: 10, values: {} },
    ]);
    expect(outlook(state, 60_000).remainingSeconds).toBeCloseTo((54 * (63 / 9)) / 2);
    expect(outlook(state, 60_000).basis).toBe("from the pace so far");
  });

  it("is over when every node is", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const state = fold(start, ...names.flatMap((name): Timed[] => [begin(0, name, 0, 1), end(1, name, 0, 1)]));
    expect(outlook(state, 9000)).toMatchObject({ share: 1, remainingSeconds: 0 });
  });

  it("never divides by nothing", () => {
    const nothing = reduce(INITIAL, { ...start[1], at: at(0), estimateSeconds: 0, workers: 0 } as never);
    expect(Number.isFinite(outlook(nothing, 0).remainingSeconds)).toBe(true);
  });
});

describe("lines", () => {
  it("are left by what a person wants to see again", () => {
    expect(lineOf({ at: at(0), ...end(2, "train a", 0, 75)[1] })?.text).toBe("train a · val 0.93 · 1 min 15 s");
    expect(lineOf({ at: at(0), ...end(2, "score", 0, 0.01, "score")[1] })).toBeUndefined();
    expect(lineOf({ at: at(0), ...fail(2, "b", 0, true)[1] })).toEqual({
      mark: "warning",
      text: "b: loss is NaN; trying again",
    });
  });

  it("open and close a run", () => {
    const state = fold(start, begin(1, "a", 0, 1), fail(3, "a", 0, false), [
      65,
      { type: "run.finished", seconds: 65, computed: 0, cached: 4, failed: 1, report: "runs/x/report/index.html" },
    ]);
    expect(opening(state)).toBe("10 nodes for 4 cells: 4 from the cache (saves 30 s), 6 to compute, about 30 s");
    expect(closing(state, { resume: "xferc run s.xfer" }).map(({ text }) => text)).toEqual([
      "10 nodes in 1 min 05 s: 0 computed, 4 cached, 1 failed.",
      "Finished work is kept. Try the failed part again with: xferc run s.xfer",
      "Report: runs/x/report/index.html",
    ]);
  });

  it("repeat failures at the end of a long run", () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const state = fold(
      start,
      ...names.flatMap((name): Timed[] => [begin(1, name, 0, 1), end(2, name, 0, 1)]),
      ...names.slice(0, 7).flatMap((name): Timed[] => [begin(3, name, 0, 1), fail(4, name, 0, false)]),
      [65, { type: "run.finished", seconds: 65, computed: 20, cached: 4, failed: 7, report: null }],
    );
    const lines = closing(state, { resume: "xferc run s.xfer" }).map(({ text }) => text);
    expect(lines.slice(0, 6)).toEqual([
      ...names.slice(0, 5).map((name) => `${name}: loss is NaN`),
      "and 2 more failures, listed in results.csv",
    ]);
  });

  it("say nothing of a run that never came to its end", () => {
    expect(closing(fold(start), { resume: "xferc run s.xfer" })).toEqual([]);
  });

  it("say after an interruption what is kept and how to go on", () => {
    const state = reduce(stopping(fold(start, begin(1, "a", 0, 1), end(2, "a", 0, 1))), {
      at: at(12),
      type: "run.interrupted",
      finished: 5,
      remaining: 5,
    });
    expect(closing(state, { resume: "xferc run s.xfer" }).map(({ text }) => text)).toEqual([
      "Stopped after 12 s. 5 nodes of 10 are finished and kept.",
      "Resume with: xferc run s.xfer",
    ]);
  });
});

describe("numbers", () => {
  it("are written for people", () => {
    expect([0.04, 9.96, 59.7, 61, 3600, 7800, Number.NaN].map(duration)).toEqual([
      "0.0 s",
      "10.0 s",
      "1 min 00 s",
      "1 min 01 s",
      "1 h 00 min",
      "2 h 10 min",
      "unknown",
    ]);
    expect([0, 999, 1500, 123_456, 2.5e9].map(bytes)).toEqual(["0 B", "999 B", "1.5 kB", "123 kB", "2.5 GB"]);
    expect([0.123456, 2.3, 1234567, 1e-7].map(figure)).toEqual(["0.1235", "2.3", "1235000", "1e-7"]);
  });

  it("make sparklines, with gaps for what is no number", () => {
    expect(sparkline([3, 2, 1, Number.NaN, 0], 4)).toBe("█▅ ▁");
    expect(sparkline([1, 1], 5)).toBe("▁▁");
    expect(sparkline([Number.NaN], 5)).toBe("");
  });

  it("are cut to the screen", () => {
    expect(clipped("abcdef", 4)).toBe("abc…");
    expect(clipped("abc", 4)).toBe("abc");
  });
});
