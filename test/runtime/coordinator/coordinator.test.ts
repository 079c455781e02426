import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/compiler/plan/types.js";
import { execute } from "../../../src/runtime/coordinator/coordinator.js";
import type { CoordinatorOptions } from "../../../src/runtime/coordinator/execution.js";
import type { Device } from "../../../src/runtime/devices/types.js";
import { EngineError } from "../../../src/runtime/engine/index.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { broadcast } from "../../../src/runtime/journal/journal.js";
import type { Inventory } from "../../../src/runtime/schedule/index.js";
import { type DiskStore, nodeFileSystem, openStore, StoreError } from "../../../src/runtime/store/index.js";
import {
  localWorker,
  type RunOps,
  type Worker,
  WorkerLostError,
  WorkerStartError,
} from "../../../src/runtime/workers/index.js";
import { keyOf, noEngine, planOf, textOps } from "./plans.js";

let folder: string;
let store: DiskStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-run-"));
  store = openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const DIAMOND = planOf({
  data: {},
  "train a": { needs: ["data"] },
  "train b": { needs: ["data"] },
  compare: { needs: ["train a", "train b"] },
  score: { needs: ["train a"] },
});

const machine = (slots: number): Inventory => ({
  hostBytes: 1e9,
  places: [{ name: "cpu", memoryBytes: undefined }],
  slots: new Array<number>(slots).fill(0),
});

interface Run {
  readonly ops?: RunOps;
  readonly options?: Partial<CoordinatorOptions>;
}

async function run(plan: Plan, { ops = textOps(), options = {} }: Run = {}) {
  const events: RunEvent[] = [];
  const execution = await execute({
    plan,
    store,
    events: broadcast([(event) => events.push(event)]),
    inventory: machine(2),
    policy: "keep-going",
    startWorker: async () => localWorker({ engine: noEngine, blobs: store, runOps: ops }),
    resource: () => undefined,
    signal: new AbortController().signal,
    by: { xferc: "0.1.0", host: "here", engine: null },
    pause: async () => undefined,
    ...options,
  });
  const labels = (type: RunEvent["type"]) =>
    events.flatMap((event) => (event.type === type && "label" in event ? [event.label] : []));
  return { ...execution, events, labels, value: (name: string) => execution.manifests.get(keyOf(name))?.value };
}

describe("a plan", () => {
  it("is computed after its inputs, and its results come back", async () => {
    const first = await run(DIAMOND);
    expect(first).toMatchObject({ computed: 5, cached: 0, failed: 0, interrupted: false });
    expect(first.value("compare")).toBe("compare(train a(data()),train b(data()))");
    expect(first.value("score")).toBe("score(train a(data()))");
    const order = first.labels("node.finished");
    expect(order[0]).toBe("data");
    expect(order.indexOf("compare")).toBeGreaterThan(Math.max(order.indexOf("train a"), order.indexOf("train b")));
  });

  it("is taken from the store whole the second time, without any worker", async () => {
    await run(DIAMOND);
    const again = await run(DIAMOND, { options: { startWorker: () => Promise.reject(new Error("no worker wanted")) } });
    expect(again).toMatchObject({ computed: 0, cached: 5, failed: 0 });
    expect(again.value("score")).toBe("score(train a(data()))");
  });

  it("does not need the inputs of what is cached", async () => {
    await run(DIAMOND);
    await store.retract(keyOf("data"));
    expect(await run(DIAMOND)).toMatchObject({ computed: 0 });
  });

  it("computes only what is missing", async () => {
    await run(DIAMOND);
    await store.retract(keyOf("score"));
    const again = await run(DIAMOND);
    expect(again.labels("node.started")).toEqual(["score"]);
    expect(again.value("score")).toBe("score(train a(data()))");
  });
});

describe("a failing operation", () => {
  const ops = textOps(({ node }) => {
    if (node.label === "train b") throw new Error("image 7 of data is corrupt");
  });

  it("takes down what needs it, and nothing else", async () => {
    const failed = await run(DIAMOND, { ops });
    expect(failed).toMatchObject({ computed: 3, failed: 2 });
    expect(failed.failures.get(keyOf("train b"))).toBe("image 7 of data is corrupt");
    expect(failed.failures.get(keyOf("compare"))).toBe("needs train b, which failed: image 7 of data is corrupt");
    expect(failed.value("score")).toBe("score(train a(data()))");
    expect(failed.labels("node.skipped")).toEqual(["compare"]);
  });

  it("is not tried twice, for it would say the same", async () => {
    const failed = await run(DIAMOND, { ops });
    expect(failed.labels("node.started").filter((label) => label === "train b")).toHaveLength(1);
  });

  it("is tried again by the next run, which keeps the rest", async () => {
    await run(DIAMOND, { ops });
    const mended = await run(DIAMOND);
    expect(mended.labels("node.started")).toEqual(["train b", "compare"]);
    expect(mended).toMatchObject({ computed: 2, cached: 3, failed: 0 });
  });

  it("ends the run under fail-fast", async () => {
    const plan = planOf({ bad: { seconds: 9 }, later: { seconds: 1 } });
    const bad = textOps(({ node }) => {
      if (node.label === "bad") throw new Error("no");
    });
    const failed = await run(plan, {
      ops: bad,
      options: { policy: "fail-fast", inventory: machine(1) },
    });
    expect(failed.labels("node.started")).toEqual(["bad"]);
  });
});

describe("probes of one state", () => {
  const plan = planOf({
    train: {},
    knn: { needs: ["train"], op: "probe.knn", state: "train" },
    linear: { needs: ["train"], op: "probe.linear_probe", state: "train" },
  });

  it("run in one pass", async () => {
    const passes: string[][] = [];
    const plain = textOps();
    await run(plan, {
      ops: (calls) => {
        passes.push(calls.map(({ node }) => node.label));
        return plain(calls);
      },
    });
    expect(passes).toEqual([["train"], ["knn", "linear"]]);
  });

  it("fall apart when one of them fails", async () => {
    const failed = await run(plan, {
      ops: textOps(({ node }) => {
        if (node.label === "linear") throw new Error("CKA of a constant");
      }),
    });
    expect(failed.value("knn")).toBe("knn(train())");
    expect(failed.failures.get(keyOf("linear"))).toBe("CKA of a constant");
    expect(failed.failures.size).toBe(1);
  });
});

describe("a worker that dies", () => {
  function mortal(deaths: number): { start: () => Promise<Worker>; started: () => number } {
    let left = deaths;
    let started = 0;
    return {
      started: () => started,
      start: async () => {
        started++;
        const worker = localWorker({ engine: noEngine, blobs: store, runOps: textOps() });
        return {
          ...worker,
          run: async (job, onProgress) => {
            if (job.nodes.some(({ node }) => node.label === "train a") && left-- > 0) {
              throw new WorkerLostError("the worker process was ended by SIGKILL");
            }
            return worker.run(job, onProgress);
          },
        };
      },
    };
  }

  it("is replaced, and its node tried again", async () => {
    const workers = mortal(2);
    const result = await run(DIAMOND, { options: { startWorker: workers.start } });
    expect(result).toMatchObject({ computed: 5, failed: 0 });
    const attempts = result.events.flatMap((event) =>
      event.type === "node.started" && event.label === "train a" ? [event.attempt] : [],
    );
    expect(attempts).toEqual([1, 2, 3]);
    expect(result.events.filter(({ type }) => type === "worker.lost")).toHaveLength(2);
    expect(workers.started()).toBeGreaterThanOrEqual(3);
  });

  it("is waited for longer each time, and always as long, without holding up other nodes or a wish to stop", async () => {
    const pauses: number[] = [];
    const order: string[] = [];
    const options = {
      startWorker: mortal(2).start,
      inventory: machine(1),
      pause: async (ms: number) => {
        pauses.push(ms);
        await new Promise((resolve) => setTimeout(resolve, 30));
      },
    };
    const ops = textOps(({ node }) => void order.push(node.label));
    const result = await run(DIAMOND, { ops, options });
    expect(pauses).toEqual([1000, 2000]);
    const started = result.labels("node.started");
    expect(started.indexOf("train b")).toBeLessThan(started.lastIndexOf("train a"));
    expect(result.events).toContainEqual(expect.objectContaining({ type: "node.failed", retryInSeconds: 2 }));

    const stop = new AbortController();
    const stopped = await run(planOf({ other: {} }), {
      options: {
        startWorker: async () => ({
          run: async () => {
            setTimeout(() => stop.abort(), 20);
            throw new WorkerLostError("killed");
          },
          cancel: () => undefined,
          stop: async () => undefined,
        }),
        signal: stop.signal,
        pause: undefined as never,
      },
    });
    expect(stopped).toMatchObject({ computed: 0, failed: 0, interrupted: true });
  });

  it("does not lose count while it gets further and further", async () => {
    let deaths = 0;
    const key = keyOf("train a");
    const startWorker = async (): Promise<Worker> => {
      const worker = localWorker({ engine: noEngine, blobs: store, runOps: textOps() });
      return {
        ...worker,
        run: async (job, onProgress, onNote) => {
          if (deaths > 0) onNote?.({ kind: "resumed", node: key, step: Math.min(deaths, 6) * 10, of: 100 });
          if (deaths++ < 6) throw new WorkerLostError("killed");
          return worker.run(job, onProgress, onNote);
        },
      };
    };
    const result = await run(planOf({ "train a": {} }), { options: { startWorker } });
    expect(result).toMatchObject({ computed: 1, failed: 0 });
    expect(result.events.filter(({ type }) => type === "node.resumed")).toHaveLength(6);
    await store.retract(key);
    const stuck = await run(planOf({ "train a": {} }), {
      options: {
        startWorker: async () => ({
          ...localWorker({ engine: noEngine, blobs: store, runOps: textOps() }),
          run: async (_job, _onProgress, onNote) => {
            onNote?.({ kind: "resumed", node: key, step: 10, of: 100 });
            throw new WorkerLostError("killed");
          },
        }),
      },
    });
    expect(stuck.failures.get(key)).toBe("killed (attempt 3 of 3)");
  });

  it("fails its node after three attempts and the rest goes on", async () => {
    const result = await run(DIAMOND, { options: { startWorker: mortal(99).start } });
    expect(result.failures.get(keyOf("train a"))).toBe("the worker process was ended by SIGKILL (attempt 3 of 3)");
    expect([...result.failures.keys()].sort()).toEqual(["train a", "compare", "score"].map(keyOf).sort());
    expect(result.value("train b")).toBe("train b(data())");
  });

  it("ends the run when none can start", async () => {
    const startWorker = () => Promise.reject(new WorkerStartError("the onnx engine is not installed"));
    expect(await run(DIAMOND, { options: { startWorker } })).toMatchObject({
      computed: 0,
      fatal: "the onnx engine is not installed",
    });
  });
});

describe("a damaged cache", () => {
  const blobOf = async (name: string) => {
    const digest = (await store.lookup(keyOf(name)))?.outputs.value?.digest ?? "";
    return join(folder, "blobs", digest.slice(0, 2), digest.slice(2));
  };
  const alter = async (name: string) => {
    const { writeFileSync, readFileSync } = await import("node:fs");
    const path = await blobOf(name);
    writeFileSync(path, readFileSync(path).fill(88));
  };

  it("is mended by making the altered blob again", async () => {
    await run(DIAMOND);
    await alter("train a");
    await store.retract(keyOf("score"));
    await store.retract(keyOf("compare"));
    const mended = await run(DIAMOND);
    expect(mended.failures.size).toBe(0);
    expect(mended.value("score")).toBe("score(train a(data()))");
    expect(mended.value("compare")).toBe("compare(train a(data()),train b(data()))");
    expect(mended.labels("node.finished").filter((label) => label === "train a")).toHaveLength(1);
  });

  it("is mended down to the data where that is damaged too", async () => {
    await run(DIAMOND);
    await alter("train a");
    truncateSync(await blobOf("data"), 2);
    await store.retract(keyOf("score"));
    const mended = await run(DIAMOND);
    expect(mended.failures.size).toBe(0);
    expect(mended.value("score")).toBe("score(train a(data()))");
    expect(mended.labels("node.finished")).toEqual(["data", "train a", "score"]);
  });
});

describe("a full disk", () => {
  it("ends the run with one sentence; what was finished stays", async () => {
    await run(planOf({ data: {}, "train a": { needs: ["data"] } }));
    let writes = 0;
    const full = openStore(folder, {
      ...nodeFileSystem,
      writeNew: async (path, data) => {
        if (++writes > 2) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        await nodeFileSystem.writeNew(path, data);
      },
    });
    const startWorker = async () => localWorker({ engine: noEngine, blobs: full, runOps: textOps() });
    const result = await run(DIAMOND, { options: { store: full, startWorker } });
    expect(result.fatal).toContain("The disk is full");
    expect(result.failures.size).toBe(0);
    expect(result.value("train a")).toBe("train a(data())");
    expect(await run(DIAMOND)).toMatchObject({ failed: 0 });
    expect(new StoreError("full", "x").problem).toBe("full");
  });
});

describe("a wish to stop", () => {
  it("cancels what runs, starts nothing new, and the next run resumes", async () => {
    const controller = new AbortController();
    const ops = textOps(async ({ node, context }) => {
      if (node.label !== "train a") return;
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (context.signal.aborted) throw new Error("stopped half way");
    });
    const stopped = await run(DIAMOND, {
      ops,
      options: { signal: controller.signal, inventory: machine(1) },
    });
    expect(stopped).toMatchObject({ computed: 1, failed: 0, interrupted: true });
    expect(stopped.labels("node.started")).toEqual(["data", "train a"]);
    expect(await run(DIAMOND)).toMatchObject({ computed: 4, cached: 1, failed: 0 });
  });
});

function gate() {
  let open: () => void = () => undefined;
  let isOpen = false;
  const passed = new Promise<void>((resolve) => {
    open = () => {
      isOpen = true;
      resolve();
    };
  });
  return { passed, open: () => open(), isOpen: () => isOpen };
}

/** What whoever watches was told of the last failure. */
const told = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === "node.failed" ? [event.message] : [])).at(-1);

describe("memory", () => {
  const noRoom = () => {
    throw new EngineError("program `step` failed in onnxruntime", new Error("std::bad_alloc"));
  };
  const pair = planOf({ a: {}, b: {} });

  it("that other jobs took is there when a node runs alone; the worker that had none is let go", async () => {
    const log: string[] = [];
    const [running, failed] = [gate(), gate()];
    const ops = textOps(async ({ node }) => {
      if (node.label === "a") {
        running.open();
        await failed.passed;
      } else if (!failed.isOpen()) {
        await running.passed;
        failed.open();
        noRoom();
      }
    });
    const startWorker = async (slot: number): Promise<Worker> => {
      log.push(`start ${slot}`);
      const stop = async () => void log.push(`stop ${slot}`);
      return { ...localWorker({ engine: noEngine, blobs: store, runOps: ops }), stop };
    };
    const result = await run(pair, { options: { startWorker } });
    expect(result).toMatchObject({ computed: 2, failed: 0 });
    const [failure] = result.events.filter((event) => event.type === "node.failed");
    expect(failure).toMatchObject({
      label: "b",
      willRetry: true,
      message: expect.stringMatching(/^out of memory.*bad_alloc/),
    });
    // what it holds is given back at once, and the other one's when both are done
    expect(log).toEqual(["start 0", "start 1", "stop 1", "stop 0"]);
  });

  it("that is not there fails its node at once, and the message says what the device had", async () => {
    const cpu: Device = { kind: "cpu", name: "processor", cores: 2, memoryBytes: 8e9, freeBytes: 4e9 };
    const result = await run(planOf({ a: {} }), { ops: textOps(noRoom), options: { devices: [cpu] } });
    expect(result).toMatchObject({ computed: 0, failed: 1 });
    expect(result.labels("node.started")).toEqual(["a"]);
    expect(result.failures.get(keyOf("a"))).toBe(
      "out of memory on cpu: it needs about 1 B by estimate; run fewer --jobs",
    );
    expect(told(result.events)).toMatch(
      /^out of memory on cpu \(.*B for this process, of which the worker held .*B\): it needs about 1 B by estimate; run fewer --jobs \(program `step` failed/,
    );
  });

  it("that the system took back by killing the worker is told as such", async () => {
    const startWorker = async (): Promise<Worker> => ({
      run: () => Promise.reject(new WorkerLostError("the worker process was ended by SIGKILL", "memory")),
      cancel: () => undefined,
      stop: async () => undefined,
    });
    const result = await run(planOf({ a: {} }), { options: { startWorker } });
    expect(result.labels("node.started")).toEqual(["a"]);
    expect(told(result.events)).toMatch(/^out of memory: .* \(the worker process was ended by SIGKILL\)$/);
  });

  it("that an idle worker holds is taken back by letting it go", async () => {
    const slots: Inventory = { hostBytes: 100, places: [{ name: "cpu", memoryBytes: undefined }], slots: [0, 0] };
    const plan = planOf({ first: { seconds: 5 }, second: {}, large: { needs: ["first", "second"] } });
    const nodes = plan.nodes.map((node) => ({
      ...node,
      estimate: { ...node.estimate, memory: node.label === "large" ? 90 : 40 },
    }));
    const stopped: string[] = [];
    const startWorker: CoordinatorOptions["startWorker"] = async (slot) => {
      const worker = localWorker({ engine: noEngine, blobs: store, runOps: textOps() });
      return {
        ...worker,
        run: (job, onProgress) => {
          if (job.nodes.some(({ node }) => node.label === "large")) stopped.push(`large in ${slot}`);
          return worker.run(job, onProgress);
        },
        stop: async () => {
          stopped.push(`stop ${slot}`);
        },
      };
    };
    const result = await run({ ...plan, nodes } as Plan, { options: { inventory: slots, startWorker } });
    expect(result).toMatchObject({ computed: 3, failed: 0 });
    expect(stopped.slice(0, 2)).toEqual(["stop 1", "large in 0"]);
  });
});

describe("a device that is lost", () => {
  it("is looked for again by a new worker, three times at most", async () => {
    let left = 2;
    const ops = textOps(() => {
      if (left-- > 0) throw new EngineError("program `step` failed in onnxruntime", new Error("[Device] is lost."));
    });
    const result = await run(planOf({ a: {} }), { ops });
    expect(result).toMatchObject({ computed: 1, failed: 0 });
    left = 9;
    const never = await run(planOf({ b: {} }), { ops });
    expect(never.failures.get(keyOf("b"))).toMatch(/\[Device\] is lost\. \(attempt 3 of 3\)/);
  });
});
