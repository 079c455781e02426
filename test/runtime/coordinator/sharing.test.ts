/** Coordinators side by side on one store, as runs in several processes are. */

import { describe, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { collect, planCollection } from "../../../src/runtime/cache/collect.js";
import { execute } from "../../../src/runtime/coordinator/coordinator.js";
import type { CoordinatorOptions } from "../../../src/runtime/coordinator/execution.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { broadcast } from "../../../src/runtime/journal/journal.js";
import type { FileSystem } from "../../../src/runtime/store/filesystem.js";
import { type StartHeartbeat, timerHeartbeat } from "../../../src/runtime/store/heartbeat.js";
import { openStore } from "../../../src/runtime/store/index.js";
import { openLeases } from "../../../src/runtime/store/lease.js";
import { localWorker, type OpCall, type RunOps } from "../../../src/runtime/workers/index.js";
import { memoryFiles } from "../../support/memory-files.js";
import { keyOf, noEngine, planOf, type Sketch, textOps } from "./plans.js";

const EVERY_MS = 20;

interface Side {
  readonly ops?: RunOps;
  readonly heartbeat?: StartHeartbeat;
  readonly options?: Partial<CoordinatorOptions>;
}

/** One cache in memory, and runs on it. */
function cache(files: FileSystem = memoryFiles()) {
  const begin = (sketch: Sketch, run: string, { ops = textOps(), heartbeat, options = {} }: Side = {}) => {
    const store = openStore("/cache", files);
    const events: RunEvent[] = [];
    const ended = execute({
      plan: planOf(sketch),
      store,
      openLeases: async () => {
        const beats = heartbeat ?? timerHeartbeat(files);
        const leases = await openLeases("/cache", { run, everyMs: EVERY_MS, files, heartbeat: beats });
        await leases.pin(Object.keys(sketch).map(keyOf));
        return leases;
      },
      events: broadcast([(event) => events.push(event)]),
      inventory: { hostBytes: 1e9, places: [{ name: "cpu", memoryBytes: undefined }], slots: [0, 0] },
      policy: "keep-going",
      startWorker: async () => localWorker({ engine: noEngine, blobs: store, runOps: ops }),
      resource: () => undefined,
      signal: new AbortController().signal,
      by: { xferc: "0.1.0", host: "here", engine: null },
      ...options,
    });
    const labels = (type: RunEvent["type"]) =>
      events.flatMap((event) => (event.type === type && "label" in event ? [event.label] : []));
    return { ended, labels, events };
  };
  return { begin, files };
}

const DIAMOND: Sketch = {
  data: {},
  "train a": { needs: ["data"] },
  "train b": { needs: ["data"] },
  compare: { needs: ["train a", "train b"] },
};

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Holds a node up until told. */
function held(label: string) {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let reached: () => void = () => undefined;
  const there = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const ops = textOps(async ({ node }: OpCall) => {
    if (node.label !== label) return;
    reached();
    await gate;
  });
  return { ops, there, open };
}

describe("runs side by side", () => {
  it("compute every node once, and all have all results", async () => {
    const { begin } = cache();
    const slow = textOps(() => sleep(5));
    const runs = Array.from({ length: 5 }, (_, index) => begin(DIAMOND, `run${index}`, { ops: slow }));
    const ended = await Promise.all(runs.map(({ ended }) => ended));
    const finished = runs.flatMap(({ labels }) => labels("node.finished")).sort();
    expect(finished).toEqual(["compare", "data", "train a", "train b"]);
    for (const { manifests, computed, shared, failed } of ended) {
      expect(manifests.get(keyOf("compare"))?.value).toBe("compare(train a(data()),train b(data()))");
      expect({ nodes: computed + shared, failed }).toEqual({ nodes: 4, failed: 0 });
    }
  });

  it("go on with other work while they wait, and say whom for", async () => {
    const { begin } = cache();
    const { ops, there, open } = held("train a");
    const first = begin({ "train a": {} }, "first", { ops });
    await there;
    const second = begin({ "train a": {}, other: {}, after: { needs: ["train a"] } }, "second");
    await expect.poll(() => second.labels("node.finished")).toEqual(["other"]);
    expect(second.events.find(({ type }) => type === "node.waiting")).toMatchObject({
      label: "train a",
      holder: { run: "first", host: null, pid: process.pid },
    });
    open();
    await first.ended;
    expect(await second.ended).toMatchObject({ computed: 2, shared: 1 });
    expect(second.labels("node.shared")).toEqual(["train a"]);
    expect(second.labels("node.waiting")).toEqual(["train a"]);
  });

  it("compute themselves what another run failed at", async () => {
    const { begin } = cache();
    const { ops, there, open } = held("train a");
    const failing: RunOps = async (calls) => {
      await ops(calls);
      throw new Error("no memory on this machine");
    };
    const first = begin({ "train a": {} }, "first", { ops: failing });
    await there;
    const second = begin({ "train a": {} }, "second");
    await expect.poll(() => second.labels("node.waiting")).toEqual(["train a"]);
    open();
    expect(await first.ended).toMatchObject({ failed: 1 });
    expect(await second.ended).toMatchObject({ computed: 1, failed: 0 });
  });

  it("take over from a silent one; what it publishes all the same replaces nothing", async () => {
    const { begin } = cache();
    const { ops, there, open } = held("train a");
    const silent: StartHeartbeat = () => ({ stop: async () => undefined });
    const first = begin({ "train a": {} }, "first", { ops, heartbeat: silent });
    await there;
    const second = begin({ "train a": {} }, "second");
    const took = await second.ended;
    expect(took).toMatchObject({ computed: 1, shared: 0 });
    await expect.poll(() => first.labels("lease.lost")).toEqual(["train a"]);
    open();
    const late = await first.ended;
    expect(late).toMatchObject({ computed: 0, shared: 1, failed: 0 });
    expect(late.manifests.get(keyOf("train a"))).toEqual(took.manifests.get(keyOf("train a")));
  });

  it("share a pass: what is free of it runs, the rest is waited for", async () => {
    const { begin } = cache();
    const sketch: Sketch = {
      train: {},
      knn: { needs: ["train"], op: "probe.knn", state: "train" },
      cka: { needs: ["train"], op: "probe.cka", state: "train" },
    };
    const { ops, there, open } = held("knn");
    const first = begin({ train: {}, knn: { needs: ["train"], op: "probe.knn", state: "train" } }, "first", { ops });
    await there;
    const second = begin(sketch, "second");
    await expect.poll(() => second.labels("node.finished")).toEqual(["cka"]);
    open();
    await first.ended;
    expect(await second.ended).toMatchObject({ computed: 1, shared: 1 });
  });

  it("end at once when asked to, though others still compute", async () => {
    const { begin } = cache();
    const { ops, there, open } = held("train a");
    const first = begin({ "train a": {} }, "first", { ops });
    await there;
    const stop = new AbortController();
    const second = begin({ "train a": {} }, "second", { options: { signal: stop.signal } });
    await expect.poll(() => second.labels("node.waiting")).toEqual(["train a"]);
    stop.abort();
    expect(await second.ended).toMatchObject({ interrupted: true, computed: 0 });
    open();
    await first.ended;
  });

  it("do not mind garbage collection beside them, which knows none of their studies", async () => {
    let clock = 1e12;
    const files = memoryFiles(() => clock);
    const { begin } = cache(files);
    let rounds = 0;
    // The last one is not done before a day has passed.
    const slow = textOps(async ({ node }) => {
      do await sleep(3);
      while (node.label === "chain 11" && rounds < 144);
    });
    const sketch: Sketch = {
      ...DIAMOND,
      ...Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`chain ${i}`, { needs: [i === 0 ? "data" : `chain ${i - 1}`] }]),
      ),
    };
    const runs = ["a", "b"].map((name) => begin(sketch, name, { ops: slow }));
    const over = Promise.all(runs.map(({ ended }) => ended));
    for (let going = true; going; rounds++) {
      clock += 600_000;
      const options = { cache: "/cache", files, reached: new Set<NodeKey>() };
      await collect(await planCollection(options), options);
      going = await Promise.race([over.then(() => false), sleep(2).then(() => true)]);
    }
    for (const { failed, fatal } of await over) expect({ failed, fatal }).toEqual({ failed: 0, fatal: undefined });
    const finished = runs.flatMap(({ labels }) => labels("node.finished"));
    expect(finished).toHaveLength(16);
    expect(new Set(finished).size).toBe(16);
  });

  it("leave no lease behind", async () => {
    const { begin, files } = cache();
    await Promise.all([begin(DIAMOND, "a").ended, begin(DIAMOND, "b").ended]);
    for (const name of ["leases", "holders", "tmp"]) expect(await files.list(`/cache/${name}`)).toEqual([]);
  });

  it("mend a damaged blob once", async () => {
    const { begin, files } = cache();
    const first = begin({ data: {} }, "first");
    const { manifests } = await first.ended;
    const digest = manifests.get(keyOf("data"))?.outputs.value?.digest ?? "";
    const path = `/cache/blobs/${digest.slice(0, 2)}/${digest.slice(2)}`;
    await files.overwrite(path, new TextEncoder().encode("X"));
    const slow = textOps(() => sleep(5));
    const runs = ["a", "b", "c"].map((name) =>
      begin({ data: {}, [`use ${name}`]: { needs: ["data"] } }, name, { ops: slow }),
    );
    const ended = await Promise.all(runs.map(({ ended }) => ended));
    expect(ended.map(({ failed }) => failed)).toEqual([0, 0, 0]);
    const remade = runs.flatMap(({ labels }) => labels("node.finished")).filter((label) => label === "data");
    expect(remade).toHaveLength(1);
  });
});
