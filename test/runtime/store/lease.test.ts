import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { NodeKey } from "../../../src/compiler/plan/types.js";
import type { FileSystem } from "../../../src/runtime/store/filesystem.js";
import { timerHeartbeat } from "../../../src/runtime/store/heartbeat.js";
import { isGone, newHolder, parseHolder, printHolder } from "../../../src/runtime/store/holder.js";
import { type Leases, openLeases } from "../../../src/runtime/store/lease.js";
import { LeaseChain } from "../../../src/runtime/store/lease-chain.js";
import { MISSED } from "../../../src/runtime/store/observer.js";
import { faultyFiles } from "../../faults/faulty-files.js";
import { type MemoryFiles, memoryFiles, systemError } from "../../support/memory-files.js";
import fc from "../../support/properties.js";

const KEY = "a".repeat(64) as NodeKey;
const EVERY = 1000;

/** A clock, and processes that live by it: each writes its sign of life when told. */
function world(files: MemoryFiles = memoryFiles()) {
  let now = 0;
  const join = async (run: string, own: FileSystem = files) => {
    let beat = 0;
    const leases = await openLeases("/cache", {
      run,
      everyMs: EVERY,
      files: own,
      now: () => now,
      heartbeat: () => ({ stop: async () => undefined }),
    });
    const path = `/cache/holders/${leases.holder.id}`;
    return { leases, live: () => own.overwrite(path, printHolder(leases.holder, ++beat)) };
  };
  return { files, join, pass: (ms: number) => (now += ms) };
}

const leasesIn = (files: MemoryFiles) => files.paths().filter((path) => path.startsWith("/cache/leases/"));

/** Looks as a waiting process does, until it may take the lease; how long that took. */
async function wait(leases: Leases, pass: (ms: number) => void, limit = 100 * EVERY): Promise<number> {
  for (let waited = 0; waited < limit; waited += 200) {
    if ((await leases.look(KEY)).status === "free") return waited;
    pass(200);
  }
  return Number.POSITIVE_INFINITY;
}

describe("a lease", () => {
  it("belongs to whoever takes it first, until it is given back", async () => {
    const { join, files } = world();
    const [a, b] = [await join("run-a"), await join("run-b")];
    expect(await a.leases.take(KEY)).toEqual({ status: "ours" });
    expect(await b.leases.take(KEY)).toMatchObject({ status: "held", by: { run: "run-a", pid: process.pid } });
    await b.leases.release(KEY);
    expect(await a.leases.isOurs(KEY)).toBe(true);
    await a.leases.release(KEY);
    expect(await b.leases.take(KEY)).toEqual({ status: "ours" });
    await b.leases.close();
    await a.leases.close();
    expect(files.paths()).toEqual([]);
  });

  it("is kept as long as its holder shows that it lives, whatever it says of the time", async () => {
    const { join, pass } = world(memoryFiles(() => Math.random() * 1e12));
    const [a, b] = [await join("a"), await join("b")];
    await a.leases.take(KEY);
    for (let second = 0; second < 100; second++) {
      pass(EVERY);
      if (second % 5 === 0) await a.live();
      expect(await b.leases.take(KEY)).toMatchObject({ status: "held" });
    }
  });

  it("of a holder that is silent is taken over, and the silent one finds out and destroys nothing", async () => {
    const { join, pass, files } = world();
    const [a, b, c] = [await join("a"), await join("b"), await join("c")];
    await a.leases.take(KEY);
    const waited = await wait(b.leases, pass);
    expect(waited).toBeGreaterThanOrEqual(MISSED * EVERY);
    expect(waited).toBeLessThanOrEqual((MISSED + 2) * EVERY);
    expect(await b.leases.take(KEY)).toEqual({ status: "ours" });
    expect(leasesIn(files)).toHaveLength(1);
    await a.live();
    expect(await a.leases.isOurs(KEY)).toBe(false);
    expect(await a.leases.take(KEY)).toMatchObject({ status: "held", by: { run: "b" } });
    await a.leases.release(KEY);
    await a.leases.close();
    expect(await b.leases.isOurs(KEY)).toBe(true);
    expect(await c.leases.take(KEY)).toMatchObject({ status: "held", by: { run: "b" } });
  });

  it("is not lost to one who slept himself: a gap between two looks proves nothing", async () => {
    const { join, pass } = world();
    const [a, b] = [await join("a"), await join("b")];
    await a.leases.take(KEY);
    expect(await b.leases.look(KEY)).toMatchObject({ status: "held" });
    pass(1e9);
    expect(await b.leases.look(KEY)).toMatchObject({ status: "held" });
    await a.live();
    pass(1e9);
    expect(await b.leases.look(KEY)).toMatchObject({ status: "held" });
  });

  it("is waited for as long as its holder promises, not as the waiting one would", async () => {
    const files = memoryFiles();
    const slow = { ...newHolder({ run: "slow", everyMs: 10 * EVERY }), machine: null };
    files.poke(`/cache/leases/${KEY}`, printHolder(slow, 1));
    const { join, pass } = world(files);
    expect(await wait((await join("b")).leases, pass)).toBeGreaterThanOrEqual(MISSED * 10 * EVERY);
  });

  it("left half way through a takeover is taken over itself", async () => {
    const files = memoryFiles();
    const { join, pass } = world(files);
    for (const [index, name] of [KEY, `${KEY}.1`, `${KEY}.2`].entries()) {
      files.poke(`/cache/leases/${name}`, printHolder(newHolder({ run: `dead${index}`, everyMs: EVERY }), 7));
    }
    const b = await join("b");
    expect(await b.leases.take(KEY)).toMatchObject({ status: "held", by: { run: "dead0" } });
    await wait(b.leases, pass);
    expect(await b.leases.take(KEY)).toEqual({ status: "ours" });
    expect(leasesIn(files)).toHaveLength(1);
  });

  it.each([
    ["empty", ""],
    ["text", "hello"],
    ["JSON", "{}"],
    ["zeros", "\u0000".repeat(512)],
  ])("that is a foreign file (%s) delays, and no more", async (_, text) => {
    const files = memoryFiles();
    files.poke(`/cache/leases/${KEY}`, text);
    const { join, pass } = world(files);
    const b = await join("b");
    expect(await b.leases.take(KEY)).toEqual({ status: "held", by: null });
    expect(await wait(b.leases, pass)).toBeLessThan(10 * EVERY);
    expect(await b.leases.take(KEY)).toEqual({ status: "ours" });
  });

  it("works without hard links", async () => {
    const plain = memoryFiles();
    const files: MemoryFiles = { ...plain, link: (_, to) => Promise.reject(systemError("EPERM", to)) };
    const { join, pass } = world(files);
    const [a, b] = [await join("a"), await join("b")];
    await a.leases.take(KEY);
    for (let look = 0; look < 60; look++) {
      pass(200);
      await a.live();
      expect(await b.leases.take(KEY)).toMatchObject({ status: "held", by: { run: "a" } });
    }
    await wait(b.leases, pass);
    expect(await b.leases.take(KEY)).toEqual({ status: "ours" });
    expect(await a.leases.isOurs(KEY)).toBe(false);
  });

  it("is made anew by one that was swept away as dead", async () => {
    const { join, files } = world();
    const a = await join("a");
    files.drop(`/cache/holders/${a.leases.holder.id}`);
    expect(await a.leases.take(KEY)).toEqual({ status: "ours" });
  });
});

describe("the file of a holder", () => {
  it("names no person and no machine, and is written over in place", () => {
    const holder = newHolder({ run: "2026-01-01T00-00-00-abcdef", everyMs: EVERY });
    const [one, two] = [printHolder(holder, 9), printHolder(holder, 10)];
    expect(two).toHaveLength(one.length);
    expect(parseHolder(two)).toEqual({ holder, beat: 10 });
    expect(holder.host).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe("a process", () => {
  const linux = process.platform === "linux";
  const skipped = linux ? "" : " (skipped: processes are looked at in /proc)";
  it.skipIf(!linux)(
    `that has ended is gone, one that lives is not, and a number given anew is another's${skipped}`,
    async () => {
      const own = newHolder({ run: "r", everyMs: EVERY });
      expect(isGone(own)).toBe(false);
      expect(isGone({ ...own, started: "12345" })).toBe(true);
      // Another user's, or hidden: it is there, and that is all one can see.
      expect(isGone({ ...own, pid: 1, started: null })).toBe(false);
      expect(isGone({ ...own, machine: "elsewhere", started: "12345" })).toBe(false);
      expect(isGone({ ...own, machine: null, started: "12345" })).toBe(false);
      const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
      const other = { ...own, pid: child.pid ?? 0, started: null };
      expect(isGone(other)).toBe(false);
      child.kill("SIGKILL");
      await once(child, "exit");
      expect(isGone(other)).toBe(true);
    },
  );
});

describe("sweeping", () => {
  it("is over in a moment where the process is gone, and does not take from this process what it just took", async () => {
    const files = memoryFiles();
    const { join } = world(files);
    const dead = { ...newHolder({ run: "dead", everyMs: EVERY }), started: "0" };
    files.poke(`/cache/leases/${KEY}`, printHolder(dead, 3));
    const a = await join("a");
    const [taken] = await Promise.all([a.leases.take(KEY), a.leases.sweep(), a.leases.sweep()]);
    if (taken.status === "held") return;
    expect(await a.leases.isOurs(KEY)).toBe(true);
  });

  it("of those who die meanwhile is done when a process ends", async () => {
    const files = memoryFiles();
    const { join } = world(files);
    const survivor = await join("survivor");
    await survivor.leases.sweep();
    const dead = { ...newHolder({ run: "dead", everyMs: EVERY }), started: "0" };
    files.poke(`/cache/holders/${dead.id}`, printHolder(dead, 3));
    files.poke(`/cache/holders/${dead.id}.keys`, "");
    files.poke(`/cache/leases/${KEY}`, printHolder(dead, 3));
    await survivor.leases.close();
    expect(files.paths()).toEqual([]);
  });

  it("removes what is a day old by the clock of the file system, and leaves the living alone", async () => {
    let clock = 50 * 86_400_000;
    const files = memoryFiles(() => clock);
    const { join } = world(files);
    const old = { ...newHolder({ run: "old", everyMs: EVERY }), machine: null };
    files.poke(`/cache/holders/${old.id}`, printHolder(old, 3));
    files.poke(`/cache/holders/${old.id}.keys`, "");
    await files.makeFolder("/cache/leases");
    await files.link(`/cache/holders/${old.id}`, `/cache/leases/${KEY}`);
    clock += 2 * 86_400_000;
    const other = "b".repeat(64) as NodeKey;
    const [a, b] = [await join("a"), await join("b")];
    await a.leases.take(other);
    await b.leases.sweep();
    await b.leases.sweep();
    expect(files.paths()).toEqual(
      [`/cache/holders/${a.leases.holder.id}`, `/cache/holders/${b.leases.holder.id}`, `/cache/leases/${other}`].sort(),
    );
  });
});

describe("many at once", () => {
  /** Every file operation may be overtaken by any other. */
  const interleaved = (files: FileSystem, scheduler: fc.Scheduler): FileSystem => {
    const later =
      <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        await scheduler.schedule(Promise.resolve());
        return work(...args);
      };
    return {
      readFile: later(files.readFile),
      writeNew: later(files.writeNew),
      overwrite: later(files.overwrite),
      link: later(files.link),
      rename: later(files.rename),
      remove: later(files.remove),
      makeFolder: later(files.makeFolder),
      syncFolder: later(files.syncFolder),
      list: later(files.list),
      status: later(files.status),
    };
  };

  /** Whatever dead processes may have left of a lease. */
  const leftovers = fc.uniqueArray(
    fc.record({ generation: fc.constantFrom(0, 1, 2, 5), whose: fc.constantFrom("a dead one's", "foreign") }),
    { selector: ({ generation }) => generation, maxLength: 3 },
  );
  const rivals = fc.array(fc.record({ killedAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 })) }), {
    minLength: 2,
    maxLength: 4,
  });

  it("never have a lease both, in whatever order their file operations come, and whoever dies on the way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), leftovers, rivals, fc.boolean(), async (s, left, many, wakes) => {
        const files = memoryFiles();
        const { join, pass } = world(files);
        const sleeper = await join("sleeper");
        for (const { generation, whose } of left) {
          const dead = newHolder({ run: "dead", everyMs: EVERY });
          const name = generation === 0 ? KEY : `${KEY}.${generation}`;
          files.poke(`/cache/leases/${name}`, whose === "foreign" ? "?" : printHolder(dead, 1));
        }
        if (left.length === 0) await sleeper.leases.take(KEY);
        const waiting = await Promise.all(many.map((_, index) => join(`run${index}`)));
        for (let look = 0; look < 40; look++) {
          for (const one of waiting) await one.leases.look(KEY);
          pass(200);
        }
        // Operations that never come back, as those of a killed process.
        const racing = many.map(({ killedAt }, index) => {
          const faulty = faultyFiles(files, killedAt, { kind: "killed after" });
          const leases = joinAgain((waiting[index] ?? sleeper).leases, interleaved(faulty, s));
          return Promise.race([leases.take(KEY), faulty.death.then(() => undefined)]);
        });
        // The one that was given up may wake just now, and give back what it had.
        const waking = wakes ? joinAgain(sleeper.leases, interleaved(files, s)).release(KEY) : Promise.resolve();
        const over = Promise.all([...racing, waking]);
        await s.waitFor(over);
        const winners = (await over).filter((taken) => taken?.status === "ours");
        expect(winners.length).toBeLessThanOrEqual(1);
        // Whatever is left now, silence ends it, and no one has to tidy up.
        const heir = await join("heir");
        expect(await wait(heir.leases, pass)).toBeLessThan(20 * EVERY);
        expect(await heir.leases.take(KEY)).toEqual({ status: "ours" });
        expect(leasesIn(files)).toHaveLength(1);
      }),
      { numRuns: process.env.XFERC_FAULTS === "all" ? 5000 : 100 },
    );
  });
});

/** The same process (and what it has observed) on other file operations. */
function joinAgain(leases: Leases, files: FileSystem): Leases {
  const { chain } = leases as unknown as { readonly chain: LeaseChain };
  const copy: object = Object.assign(Object.create(Object.getPrototypeOf(leases)), leases);
  const own = { chain: new LeaseChain(chain.cache, chain.holder, files), busy: new Map() };
  return Object.assign(copy, own) as unknown as Leases;
}

it("a heartbeat on a timer writes again and again, and stops", async () => {
  const files = memoryFiles();
  const holder = newHolder({ run: "r", everyMs: 5 });
  files.poke("/h", printHolder(holder, 0));
  const heart = timerHeartbeat(files)("/h", holder);
  const beats = async () => parseHolder(await files.readFile("/h"))?.beat ?? 0;
  await expect.poll(beats).toBeGreaterThan(2);
  await heart.stop();
  const beat = await beats();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await beats()).toBe(beat);
});
