import { describe, expect, it } from "vitest";
import type { NodeKey, OpName } from "../../../src/compiler/plan/types.js";
import { type CollectOptions, collect, GRACE_MS, planCollection } from "../../../src/runtime/cache/collect.js";
import { resultsOf, usageOf } from "../../../src/runtime/cache/contents.js";
import { cacheSizes, scanCache } from "../../../src/runtime/cache/scan.js";
import { verifyCache } from "../../../src/runtime/cache/verify.js";
import { newHolder, printHolder } from "../../../src/runtime/store/holder.js";
import { openStore, sha256 } from "../../../src/runtime/store/index.js";
import { openLeases } from "../../../src/runtime/store/lease.js";
import { type MemoryFiles, memoryFiles } from "../../support/memory-files.js";

const CACHE = "/cache";
const HOUR = 3_600_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const keyOf = (name: string) => sha256(name) as NodeKey;
const actionPath = (name: string) => `/cache/actions/${keyOf(name).slice(0, 2)}/${keyOf(name).slice(2)}.json`;
const blobPath = (content: string) => `/cache/blobs/${sha256(content).slice(0, 2)}/${sha256(content).slice(2)}`;

/** A cache in memory whose clock the test sets, hours away from this machine's. */
function world() {
  let clock = 1000 * HOUR;
  const files = memoryFiles(() => clock);
  const store = openStore(CACHE, files);
  const make = async (name: string, outputs: readonly string[] = [], op: OpName = "train", study = "paper") => {
    const refs = await Promise.all(outputs.map(async (text, i) => [`out${i}`, await store.put(bytes(text))] as const));
    return store.publish({
      format: 1,
      key: keyOf(name),
      op,
      outputs: Object.fromEntries(refs),
      value: 0.5,
      seconds: 60,
      peakBytes: 1,
      createdAt: "2026-01-01T00:00:00.000Z",
      by: { xferc: "0.1.0", host: "abcdef01", engine: "onnx", study, run: "r" },
      label: `${op} ${name}`,
      recipe: { signature: null },
    });
  };
  const pass = (ms: number) => {
    clock += ms;
  };
  const gc = (reached: readonly string[], more: Partial<CollectOptions> = {}) => {
    const options = { cache: CACHE, files, reached: new Set(reached.map(keyOf)), ...more };
    return { plan: () => planCollection(options), options };
  };
  const verify = () => verifyCache({ cache: CACHE, files, isBelow: async () => false });
  return { files, store, make, pass, gc, verify, now: () => clock };
}

/** Of another process: one that is not seen to be gone. */
async function liveRun(files: MemoryFiles, keys: readonly string[]) {
  const leases = await openLeases(CACHE, {
    run: "live",
    files,
    heartbeat: () => ({ stop: async () => undefined }),
  });
  await leases.pin(keys.map(keyOf));
  const path = `/cache/holders/${leases.holder.id}`;
  return { leases, beat: () => files.overwrite(path, printHolder(leases.holder, Math.random())) };
}

describe("what is there", () => {
  it("is listed by age, with size, cost and maker", async () => {
    const { make, pass, files, now } = world();
    await make("old", ["weights"]);
    pass(2 * HOUR);
    await make("new", ["weights", "history"], "predict", "other");
    const [old, young] = resultsOf(await scanCache(CACHE, files), now());
    expect(old).toMatchObject({ key: keyOf("old"), label: "train old", study: "paper", ageSeconds: 7200, seconds: 60 });
    expect(young).toMatchObject({ op: "predict", study: "other", ageSeconds: 0, by: { engine: "onnx" } });
    expect(young?.bytes).toBeGreaterThan("weightshistory".length);
  });

  it("adds up: each blob once, and what no result has", async () => {
    const { make, files, store } = world();
    await make("a", ["shared", "a"]);
    await make("b", ["shared"], "predict", "other");
    await store.put(bytes("loose"));
    files.poke("/cache/quarantine/x", "12345");
    files.poke("/cache/README.txt", "hello");
    files.poke(`/cache/partial/${keyOf("c")}.4.${sha256("s")}.json`, "s");
    const usage = usageOf(await scanCache(CACHE, files));
    const sizes = files.paths().map((path) => files.text(path)?.length ?? 0);
    expect(usage.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect((await cacheSizes(CACHE, files)).used).toBe(usage.bytes);
    expect(usage).toMatchObject({ loose: 5, quarantine: 5, foreign: 5, partial: 1 });
    const kinds = [usage.partial, usage.quarantine, usage.drafts, usage.notes, usage.foreign, usage.loose];
    for (const shares of [usage.ops, usage.studies]) {
      const total = shares.reduce((sum, share) => sum + share.bytes, 0);
      expect(total + kinds.reduce((sum, size) => sum + size, 0)).toBe(usage.bytes);
    }
    expect(usage.studies.map(({ name, results }) => [name, results])).toEqual([
      ["paper", 1],
      ["other", 1],
    ]);
  });
});

describe("verifying", () => {
  it("finds nothing wrong in a whole cache, and leaves foreign files alone", async () => {
    const { make, files, verify } = world();
    await make("a", ["weights"]);
    files.poke("/cache/blobs/notes.txt", "hello");
    files.poke("/cache/blobs/ab/short", "hello");
    const before = files.paths();
    expect(await verify()).toMatchObject({
      results: 1,
      blobs: 1,
      unsealed: 0,
      damaged: [],
      foreign: ["blobs/ab/short", "blobs/notes.txt"],
    });
    expect(files.paths()).toEqual(before);
  });

  it("sets aside altered blobs with the results that need them, altered results, and torn checkpoints", async () => {
    const { make, files, verify, store } = world();
    for (const name of ["a", "b", "c", "d", "whole"]) await make(name, [`of ${name}`]);
    files.poke(blobPath("of a"), "of A");
    files.drop(blobPath("of b"));
    files.poke(actionPath("c"), (files.text(actionPath("c")) ?? "").replace("0.5", "0.7"));
    files.poke(actionPath("d"), (files.text(actionPath("d")) ?? "").slice(0, 100));
    files.poke(`/cache/partial/${keyOf("e")}.${sha256("state")}.safetensors`, "stat");
    const verdict = await verify();
    expect(verdict.damaged.map(({ path, outcome }) => [`/cache/${path}`, outcome]).sort()).toEqual(
      [
        actionPath("a"),
        actionPath("b"),
        actionPath("c"),
        actionPath("d"),
        blobPath("of a"),
        `/cache/partial/${keyOf("e")}.${sha256("state")}.safetensors`,
      ]
        .map((path) => [path, "set aside"])
        .sort(),
    );
    expect((await verify()).damaged).toEqual([]);
    expect(await store.lookup(keyOf("whole"))).toBeDefined();
    expect(await store.lookup(keyOf("a"))).toBeUndefined();
  });

  it("reads results of the first store format, and says that they vouch for less", async () => {
    const { make, files, verify, store } = world();
    const manifest = await make("a");
    files.poke(actionPath("a"), JSON.stringify(manifest));
    expect(await verify()).toMatchObject({ unsealed: 1, damaged: [] });
    expect(await store.lookup(keyOf("a"))).toEqual(manifest);
  });
});

describe("collecting garbage", () => {
  it("removes what no study reaches and its blobs, and says what it took to compute", async () => {
    const { make, pass, gc, files, store } = world();
    await make("kept", ["shared", "own"]);
    await make("gone", ["shared", "its own"]);
    pass(2 * HOUR);
    const { plan, options } = gc(["kept"]);
    const planned = await plan();
    expect(planned.garbage.actions.map(({ key }) => key)).toEqual([keyOf("gone")]);
    expect(planned.garbage.blobs.map(({ digest }) => digest)).toEqual([sha256("its own")]);
    expect(planned.garbage.actions[0]?.manifest?.seconds).toBe(60);
    expect(planned.kept.results).toBe(1);
    const before = files.paths();
    await plan();
    expect(files.paths()).toEqual(before);
    expect(await collect(planned, options)).toMatchObject({ results: 1, files: 2 });
    expect(await store.lookup(keyOf("gone"))).toBeUndefined();
    const kept = await store.lookup(keyOf("kept"));
    for (const ref of Object.values(kept?.outputs ?? {})) expect(await store.isWhole(ref)).toBe(true);
  });

  it("keeps what is young, whatever this machine's clock says", async () => {
    const { make, pass, gc, store } = world();
    await make("young", ["y"]);
    await store.put(bytes("loose"));
    expect((await gc([]).plan()).garbage).toEqual({ actions: [], blobs: [], leftovers: [] });
    pass(GRACE_MS - 1);
    expect((await gc([]).plan()).kept).toMatchObject({ results: 1, young: 1 });
    pass(1);
    expect((await gc([]).plan()).garbage.blobs).toHaveLength(2);
    expect((await gc([], { olderThanMs: 24 * HOUR }).plan()).garbage.actions).toEqual([]);
  });

  it("keeps what a live run's plan names, and every blob since it began", async () => {
    const { make, pass, gc, files, store } = world();
    await make("old", ["old"]);
    await make("needed", ["needed"]);
    pass(2 * HOUR);
    const run = await liveRun(files, ["needed", "not yet made"]);
    pass(1);
    await store.put(bytes("of a training that takes long"));
    pass(48 * HOUR);
    await run.beat();
    const { garbage, live } = await gc([]).plan();
    expect(live.runs).toBe(1);
    expect(garbage.actions.map(({ key }) => key)).toEqual([keyOf("old")]);
    expect(garbage.blobs.map(({ digest }) => digest)).toEqual([sha256("old")]);
    pass(48 * HOUR);
    expect((await gc([]).plan()).garbage.actions).toHaveLength(2);
  });

  it("does not count a dead run among the living", async () => {
    const { make, pass, gc, files } = world();
    await make("a", ["a"]);
    pass(2 * HOUR);
    const dead = { ...newHolder({ run: "dead", everyMs: 1000 }), started: "0" };
    files.poke(`/cache/holders/${dead.id}`, printHolder(dead, 1));
    files.poke(`/cache/holders/${dead.id}.keys`, `${keyOf("a")}\n`);
    const { garbage, live } = await gc([]).plan();
    // Where processes cannot be seen, its silence tells a little later.
    if (dead.machine !== null)
      expect({ live: live.runs, garbage: garbage.actions.length }).toEqual({ live: 0, garbage: 1 });
  });

  it("looks again before it removes: a run that began since, and a blob that was written anew", async () => {
    const { make, pass, gc, files, store } = world();
    await make("a", ["a"]);
    await make("b", ["b"]);
    await make("c", ["c"]);
    pass(2 * HOUR);
    const { plan, options } = gc([]);
    const planned = await plan();
    expect(planned.garbage.actions).toHaveLength(3);
    pass(1);
    await liveRun(files, ["a"]);
    pass(1);
    await make("d", ["b"]);
    expect(await collect(planned, options)).toMatchObject({ results: 2 });
    const [a, d] = [await store.lookup(keyOf("a")), await store.lookup(keyOf("d"))];
    for (const ref of [a?.outputs.out0, d?.outputs.out0]) {
      expect(ref && new TextDecoder().decode(await store.get(ref))).toMatch(/^[ab]$/);
    }
    expect(await store.lookup(keyOf("c"))).toBeUndefined();
  });

  it("keeps unfinished work that a study will go on with, and removes other remnants", async () => {
    const { make, pass, gc, files } = world();
    await make("done", []);
    const partial = (name: string) => `/cache/partial/${keyOf(name)}.4.${sha256("s")}.json`;
    for (const name of ["done", "interrupted", "forgotten"]) files.poke(partial(name), "s");
    files.poke("/cache/quarantine/x", "damaged");
    files.poke("/cache/tmp/1-dead", "half a bl");
    files.poke("/cache/rates.json.0123456789ab.tmp", "half");
    pass(2 * HOUR);
    const { plan, options } = gc(["done", "interrupted"]);
    const planned = await plan();
    expect(planned.garbage.leftovers.map(({ path }) => `/cache/${path}`).sort()).toEqual(
      [
        partial("done"),
        partial("forgotten"),
        "/cache/quarantine/x",
        "/cache/tmp/1-dead",
        "/cache/rates.json.0123456789ab.tmp",
      ].sort(),
    );
    await collect(planned, options);
    expect(files.paths()).toContain(partial("interrupted"));
    expect((await plan()).garbage.leftovers).toEqual([]);
  });

  it("is no harm to a run that needs something after all: it is missing, and made again", async () => {
    const { make, pass, gc, store } = world();
    const before = await make("a", ["a"]);
    pass(2 * HOUR);
    const { plan, options } = gc([]);
    await collect(await plan(), options);
    expect(await store.lookup(keyOf("a"))).toBeUndefined();
    expect(await make("a", ["a"])).toEqual(before);
  });
});
