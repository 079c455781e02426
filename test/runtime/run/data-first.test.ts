/** Bad images are found before anything trains on their data set. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { Ledger } from "../../../src/runtime/executors/slurm/ledger.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { broadcast } from "../../../src/runtime/journal/journal.js";
import { execute } from "../../../src/runtime/run/coordinator.js";
import { demandOf } from "../../../src/runtime/run/demand.js";
import { type DiskStore, openStore } from "../../../src/runtime/store/index.js";
import { localWorker } from "../../../src/runtime/workers/index.js";
import { keyOf, noEngine, planOf, textOps } from "./plans.js";

let folder: string;
let store: DiskStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-data-first-"));
  store = openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two that read one folder, each of its own declaration; the test images of `a` are needed by its score alone. */
const PLAN = planOf({
  "a.train": { op: "dataset.prepare", dataset: "a" },
  "a.test": { op: "dataset.prepare", dataset: "a" },
  "a.half": { op: "dataset.view", needs: ["a.train"] },
  "train a": { op: "train", needs: ["a.train"], seconds: 900 },
  "train half of a": { op: "train", needs: ["a.half"], seconds: 900 },
  "score a": { needs: ["train a", "a.test"] },
  "score half": { needs: ["train half of a", "a.test"] },
  "b.train": { op: "dataset.prepare", dataset: "b" },
  "train b": { op: "train", needs: ["b.train"], seconds: 900 },
  "score b of a": { needs: ["train b", "a.test"] },
  "score b": { needs: ["train b"] },
});

async function run(failed: ReadonlyMap<NodeKey, string>, bad: string | undefined, slots = 1) {
  const events: RunEvent[] = [];
  const ops = textOps(({ node }) => {
    if (node.label === bad) throw new Error("7.png is damaged");
  });
  const execution = await execute({
    plan: PLAN,
    store,
    events: broadcast([(event) => events.push(event)]),
    inventory: { hostBytes: 1e9, places: [{ name: "cpu", memoryBytes: undefined }], slots: new Array(slots).fill(0) },
    policy: "keep-going",
    startWorker: async () => localWorker({ engine: noEngine, blobs: store, runOps: ops }),
    resource: () => undefined,
    signal: new AbortController().signal,
    by: { xferc: "0.1.0", host: "here", engine: null },
    failed,
  });
  const labels = (type: RunEvent["type"]) =>
    events.flatMap((event) => (event.type === type && "label" in event ? [event.label] : []));
  return { execution, labels };
}

it.each([1, 3])("no training starts before all of its data set is prepared, on %s workers", async (slots) => {
  const { execution, labels } = await run(new Map(), undefined, slots);
  expect(execution).toMatchObject({ computed: 11, failed: 0 });
  const order = labels("node.started");
  const prepared = Math.max(order.indexOf("a.train"), order.indexOf("a.test"));
  for (const training of ["train a", "train half of a"]) expect(order.indexOf(training)).toBeGreaterThan(prepared);
});

it("where the test images cannot be prepared, nothing trains on the data set; another goes on", async () => {
  const { execution, labels } = await run(new Map(), "a.test");
  expect(labels("node.started").filter((label) => label.startsWith("train"))).toEqual(["train b"]);
  expect(labels("node.finished")).toContain("score b");
  expect(execution.failures.get(keyOf("train half of a"))).toBe("needs a.test, which failed: 7.png is damaged");
  expect(execution.failures.has(keyOf("score b of a"))).toBe(true);
});

it("nor in a later round of the run that failed, whatever the trainings are called there", async () => {
  const { execution, labels } = await run(new Map([[keyOf("a.test"), "7.png is damaged"]]), undefined);
  expect(labels("node.started").filter((label) => label.startsWith("train"))).toEqual(["train b"]);
  expect(execution.failures.get(keyOf("train a"))).toBe("needs a.test, which failed: 7.png is damaged");
});

it("nor on a cluster's nodes", async () => {
  const ledger = new Ledger(PLAN, await demandOf(PLAN, store), new Map());
  const ready = () => ledger.ready().map(({ label }) => label);
  expect(ready()).toEqual(["a.train", "a.test", "b.train"]);
  const skipped = ledger.giveUp(keyOf("a.test"), "7.png is damaged").map(({ label }) => label);
  expect(skipped).toEqual(expect.arrayContaining(["train a", "train half of a", "score b of a"]));
  expect(skipped).not.toContain("train b");
});

it("what is in the store already is not waited for", async () => {
  await run(new Map(), undefined);
  await store.retract(keyOf("train a"));
  await store.retract(keyOf("score a"));
  const { labels } = await run(new Map(), undefined);
  expect(labels("node.started")).toEqual(["train a", "score a"]);
});
