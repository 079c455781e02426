/**
 * Breaks every single change a run makes to its cache, in every way, and runs again: results are those of an unbroken run.
 * In memory, so that all of them can be tried.
 */

import { describe, expect, it } from "vitest";
import { verifyCache } from "../../src/runtime/cache/verify.js";
import { execute } from "../../src/runtime/coordinator/coordinator.js";
import type { Execution } from "../../src/runtime/coordinator/execution.js";
import type { RunEvent } from "../../src/runtime/journal/events.js";
import { broadcast } from "../../src/runtime/journal/journal.js";
import type { FileSystem } from "../../src/runtime/store/filesystem.js";
import { timerHeartbeat } from "../../src/runtime/store/heartbeat.js";
import { openStore } from "../../src/runtime/store/index.js";
import { openLeases } from "../../src/runtime/store/lease.js";
import { localWorker } from "../../src/runtime/workers/index.js";
import { keyOf, noEngine, planOf, textOps } from "../runtime/coordinator/plans.js";
import { type MemoryFiles, memoryFiles } from "../support/memory-files.js";
import fc from "../support/properties.js";
import { type Fault, faultyFiles } from "./faulty-files.js";

const PLAN = planOf({
  data: {},
  train: { needs: ["data"] },
  knn: { needs: ["train"], op: "probe.knn", state: "train" },
  cka: { needs: ["train"], op: "probe.cka", state: "train" },
  score: { needs: ["train", "data"] },
});
/** Reads what all the others have written. */
const READER = planOf({
  ...{ data: {}, train: { needs: ["data"] } },
  reader: { needs: ["data", "train"] },
});
const EVERY_MS = 4;

function run(files: FileSystem, plan = PLAN, events: RunEvent[] = []): Promise<Execution> {
  const store = openStore("/cache", files);
  return execute({
    plan,
    store,
    openLeases: () => openLeases("/cache", { run: "r", everyMs: EVERY_MS, files, heartbeat: timerHeartbeat(files) }),
    events: broadcast([(event) => events.push(event)]),
    inventory: { hostBytes: 1e9, places: [{ name: "cpu", memoryBytes: undefined }], slots: [0] },
    policy: "keep-going",
    startWorker: async () => localWorker({ engine: noEngine, blobs: store, runOps: textOps() }),
    resource: () => undefined,
    signal: new AbortController().signal,
    by: { xferc: "0.1.0", host: "here", engine: null },
  });
}

const VALUES = {
  score: "score(train(data()),data())",
  knn: "knn(train(data()))",
  cka: "cka(train(data()))",
};

function expectResults(execution: Execution): void {
  expect(execution.fatal).toBeUndefined();
  expect([...execution.failures.values()]).toEqual([]);
  for (const [name, value] of Object.entries(VALUES)) expect(execution.manifests.get(keyOf(name))?.value).toBe(value);
}

async function expectWhole(files: MemoryFiles): Promise<void> {
  const { damaged } = await verifyCache({ cache: "/cache", files, isBelow: async () => false });
  expect(damaged).toEqual([]);
}

/** Heartbeats come when they come; some more than an unbroken run was seen to make. */
async function changesOf(prepare: (files: MemoryFiles) => Promise<void>): Promise<number> {
  const files = memoryFiles();
  await prepare(files);
  const counted = faultyFiles(files, 0, { kind: "killed before" });
  expectResults(await run(counted));
  return counted.count() + 3;
}

/** With XFERC_FAULTS=all every fault at every change; else those that cost time at every third, each kind at others. */
const STRIDE = process.env.XFERC_FAULTS === "all" ? 1 : 3;
const isDear = ({ kind }: Fault) => kind.startsWith("killed") || kind === "from then on";

const SENTENCE = /^(The|No|Something|There)\b.*\.$/;

const FAULTS: readonly Fault[] = [
  { kind: "killed before" },
  { kind: "killed after" },
  { kind: "killed amid" },
  ...["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ESTALE"].map((code): Fault => ({ kind: "once", code })),
  { kind: "from then on", code: "ENOSPC" },
  { kind: "half", code: "ENOSPC" },
];

function nameOf(fault: Fault): string {
  return "code" in fault ? `refused by ${fault.code}, ${fault.kind}` : fault.kind;
}

const STARTS: readonly (readonly [name: string, prepare: (files: MemoryFiles) => Promise<void>])[] = [
  ["an empty cache", async () => undefined],
  [
    "a cache with damage",
    async (files) => {
      await run(files);
      for (const path of files.paths().filter((one) => one.includes("/blobs/"))) files.poke(path, "altered");
      for (const name of ["knn", "cka", "score"]) await openStore("/cache", files).retract(keyOf(name));
    },
  ],
];

describe.each(STARTS)("a run on %s", { timeout: 120_000 }, (start, prepare) => {
  it.each(FAULTS.map((fault) => [nameOf(fault), fault] as const))(
    "survives being %s, at any change",
    async (_name, fault) => {
      const changes = await changesOf(prepare);
      const stride = isDear(fault) ? STRIDE : 1;
      for (let at = 1 + (FAULTS.indexOf(fault) % stride); at <= changes; at += stride) {
        const files = memoryFiles();
        await prepare(files);
        const faulty = faultyFiles(files, at, fault);
        const broken = await Promise.race([run(faulty), faulty.death]);
        if (broken !== undefined && broken.fatal !== undefined) expect(broken.fatal, `at ${at}`).toMatch(SENTENCE);
        // Not a single result is lost to what is no fault of it, or wrong.
        else if (broken !== undefined) expectResults(broken);
        if (start === "an empty cache") await expectWhole(files);
        expectResults(await run(files));
        await expectWhole(files);
      }
    },
  );
});

describe("a power failure", { timeout: 60_000 }, () => {
  it("at any change, with any part of what was not flushed lost, leaves no result without its files", async () => {
    const changes = await changesOf(async () => undefined);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: changes }), fc.infiniteStream(fc.boolean()), async (at, coins) => {
        const files = memoryFiles();
        const faulty = faultyFiles(files, at, { kind: "killed after" });
        await Promise.race([run(faulty), faulty.death]);
        files.losePower(() => coins.next().value ?? false);
        await expectWhole(files);
        expectResults(await run(files));
      }),
      { numRuns: 300 / STRIDE },
    );
  });
});

describe("what a disk, a user or another program does to any file", { timeout: 60_000 }, () => {
  const DEEDS = {
    "flips a bit of": (data: Uint8Array, at: number) => {
      const flipped = data.slice();
      if (flipped.length > 0) flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ (1 << (at % 8));
      return flipped;
    },
    cuts: (data: Uint8Array, at: number) => data.subarray(0, at % Math.max(1, data.length)),
    empties: () => new Uint8Array(0),
    "puts text into": () => new TextEncoder().encode("# notes\n"),
    lengthens: (data: Uint8Array) => new Uint8Array([...data, 10]),
    removes: () => undefined,
  };
  const deed = fc.record({
    what: fc.constantFrom(...(Object.keys(DEEDS) as (keyof typeof DEEDS)[])),
    file: fc.nat(),
    at: fc.nat(100_000),
  });

  it("is noticed and mended: never another number, never a failure", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 8 }), async (deeds) => {
        const files = memoryFiles();
        await run(files);
        for (const { what, file, at } of deeds) {
          const paths = files.paths();
          const path = paths[file % Math.max(1, paths.length)];
          if (path === undefined) continue;
          const changed = DEEDS[what](await files.readFile(path), at);
          if (changed === undefined) files.drop(path);
          else files.poke(path, changed);
        }
        expectResults(await run(files));
        const reader = await run(files, READER);
        expect(reader.failures.size).toBe(0);
        expect(reader.manifests.get(keyOf("reader"))?.value).toBe("reader(data(),train(data()))");
        await verifyCache({ cache: "/cache", files, isBelow: async () => false });
        expectResults(await run(files));
        await expectWhole(files);
      }),
      { numRuns: 600 / STRIDE },
    );
  });
});
