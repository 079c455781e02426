/** Bad images are found before anything trains on their data set. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import { execute } from "../../../src/runtime/coordinator/coordinator.js";
import { demandOf } from "../../../src/runtime/coordinator/demand.js";
import { Ledger } from "../../../src/runtime/executors/slurm/ledger.js";
import type { RunEvent } from "../../../src/runtime/journal/events.js";
import { broadcast } from "../../../src/runtime/journal/journal.js";
import { type DiskStore, openStore } from "../../../src/runtime/store/index.js";
import type { Manifest } from "../../../src/runtime/store/types.js";
import { localWorker } from "../../../src/runtime/workers/index.js";
import { keyOf, noEngine, planOf, textOps } from "./plans.js";

let folder: string;
let store: DiskStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xferc-data-first-"));
  store = openStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Four data sets. The test images of `a` are needed by scores alone, one of them of a state that was trained on `b`. From
 * `train d` another starts.
 */
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
  "c.train": { op: "dataset.prepare", dataset: "c" },
  "train c": { op: "train", needs: ["c.train"], seconds: 900 },
  "score c": { needs: ["train c"] },
  "d.train": { op: "dataset.prepare", dataset: "d" },
  "train d": { op: "train", needs: ["d.train"], seconds: 900 },
  "score d of a": { needs: ["train d", "a.test"] },
  "begin c": { op: "init", needs: ["train d"] },
  "train c from d": { op: "train", needs: ["begin c", "c.train"], seconds: 900 },
  "score c from d": { needs: ["train c from d"] },
});
const TRAININGS = ["train a", "train half of a", "train b", "train c", "train d", "train c from d"];
const PREPARATIONS = ["a.train", "a.test", "b.train", "c.train", "d.train"];

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

it.each([1, 3])("no training starts before all of the study's data are prepared, on %s workers", async (slots) => {
  const { execution, labels } = await run(new Map(), undefined, slots);
  expect(execution).toMatchObject({ computed: PLAN.nodes.length, failed: 0 });
  const order = labels("node.started");
  const prepared = Math.max(...PREPARATIONS.map((each) => order.indexOf(each)));
  for (const training of TRAININGS) expect(order.indexOf(training), training).toBeGreaterThan(prepared);
});

it.each([1, 3])("nor before a data set has failed that it has nothing to do with, on %s workers", async (slots) => {
  for (const bad of PREPARATIONS) {
    const { labels } = await run(new Map(), bad, slots);
    const [failed] = labels("node.failed");
    expect(failed).toBe(bad);
    const order = labels("node.started");
    const last = Math.max(...PREPARATIONS.map((each) => order.indexOf(each)));
    const first = order.findIndex((label) => label.startsWith("train"));
    expect(first, bad).toBeGreaterThan(last);
    rmSync(folder, { recursive: true, force: true });
  }
});

it("where test images cannot be prepared nothing is trained that is looked at on them; the rest goes on", async () => {
  const { execution, labels } = await run(new Map(), "a.test");
  const started = labels("node.started").filter((label) => label.startsWith("train"));
  // `train b` is scored on them; `train d` too, but another starts from it
  expect(new Set(started)).toEqual(new Set(["train c", "train d", "train c from d"]));
  expect(labels("node.finished")).toEqual(expect.arrayContaining(["score c", "score c from d"]));
  expect(execution.failures.get(keyOf("train half of a"))).toBe("needs a.test, which failed: 7.png is damaged");
  expect(execution.failures.get(keyOf("train b"))).toBe("needs a.test, which failed: 7.png is damaged");
  for (const label of ["score b of a", "score b", "score d of a"]) {
    expect(execution.failures.has(keyOf(label)), label).toBe(true);
  }
});

it("nor in a later round of the run that failed, whatever the trainings are called there", async () => {
  const { execution, labels } = await run(new Map([[keyOf("a.test"), "7.png is damaged"]]), undefined);
  const started = labels("node.started").filter((label) => label.startsWith("train"));
  expect(new Set(started)).toEqual(new Set(["train c", "train d", "train c from d"]));
  expect(execution.failures.get(keyOf("train a"))).toBe("needs a.test, which failed: 7.png is damaged");
});

it("nor on a cluster's nodes", async () => {
  const ledger = new Ledger(PLAN, await demandOf(PLAN, store), new Map());
  const ready = () => ledger.ready().map(({ label }) => label);
  expect(ready()).toEqual(PREPARATIONS);
  const skipped = ledger.giveUp(keyOf("a.test"), "7.png is damaged").map(({ label }) => label);
  expect(skipped).toEqual(expect.arrayContaining(["train a", "train half of a", "train b", "score b of a"]));
  for (const label of ["train c", "train d", "train c from d"]) expect(skipped).not.toContain(label);
  const manifest = (label: string) => ({ key: keyOf(label) }) as Manifest;
  for (const label of ["a.train", "b.train", "c.train"]) ledger.finish(keyOf(label), manifest(label));
  expect(ready().filter((label) => label.startsWith("train"))).toEqual([]);
  ledger.finish(keyOf("d.train"), manifest("d.train"));
  expect(ready().filter((label) => label.startsWith("train"))).toEqual(["train c", "train d"]);
});

it("what is in the store already is not waited for", async () => {
  await run(new Map(), undefined);
  await store.retract(keyOf("train a"));
  await store.retract(keyOf("score a"));
  const { labels } = await run(new Map(), undefined);
  expect(labels("node.started")).toEqual(["train a", "score a"]);
});
