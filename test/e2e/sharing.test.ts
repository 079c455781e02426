/** Several runs on one cache, as real processes: every node once, whoever dies, sleeps or has another clock. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/runtime/journal/events.js";
import { readJournal } from "../../src/runtime/journal/journal.js";
import { threadHeartbeat } from "../../src/runtime/store/heartbeat.js";
import { newHolder, parseHolder, printHolder } from "../../src/runtime/store/holder.js";
import { ensureBuilt } from "../built.js";
import { childrenOf, project, read, remove, SMALL, type Started, start, xferc } from "./command.js";

const STUDY = SMALL.replace(/^figure .*$/m, "");
const ONE_LONG_TRAINING = `study slow { seed 1; repeats 1 }
import "xfer:bundled"
model mini = resnet(blocks: [1], widths: [4], stem: small, size: 28 px)
init RI = random
recipe long { optimizer adam(lr: 1e-3); batch 16 images; for 1500 steps; select last }
experiment main { model mini; target digits_few; init RI; train long; measure test = score(target.metric) }
table t from main { cell test }
`;
const NODES = { study: 26, slow: 8 } as const;
const folder = project({
  "study.xfer": STUDY,
  "slow.xfer": ONE_LONG_TRAINING,
  "xfer.config.json": '{ "cache": { "leaseSeconds": 2 } }',
});
beforeAll(async () => {
  await ensureBuilt();
  for (const study of ["study", "slow"]) {
    const quiet = ["--cache", "quiet-cache", "--out", `quiet-${study}`, "--ui", "json"];
    expect(await xferc(folder, "run", `${study}.xfer`, ...ENGINE, ...quiet)).toMatchObject({ code: 0 });
  }
}, 180_000);
const running: Started[] = [];
afterEach(async () => {
  // Only where a test failed half way is anyone still there.
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => remove(folder));

/** With \`auto\`, runs might choose different ones, and share nothing. */
const ENGINE = ["--engine", "onnx"] as const;

interface Wish {
  readonly study?: "study" | "slow";
  readonly cache: string;
  readonly out: string;
  readonly host?: string;
  readonly clock?: number | "wild";
}

function begin({ study = "study", cache, out, host, clock }: Wish): Started {
  const words = ["run", `${study}.xfer`, ...ENGINE, "--ui", "json", "--jobs", "1", "--cache", cache, "--out", out];
  const preload = pathToFileURL(join(import.meta.dirname, "another-host.mjs")).href;
  const pretend = host === undefined && clock === undefined ? {} : { NODE_OPTIONS: `--import=${preload}` };
  const run = start(folder, words, {
    ...pretend,
    ...(host === undefined ? {} : { PRETEND_HOST: host }),
    ...(clock === undefined ? {} : { PRETEND_CLOCK: String(clock) }),
  });
  running.push(run);
  return run;
}

const journal = (out: string) => readJournal(join(folder, out, "events.ndjson"));

/** How often each node was computed, by label. */
function computed(...runs: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of runs.flatMap(journal)) {
    if (event.type === "node.finished") counts.set(event.node, (counts.get(event.node) ?? 0) + 1);
  }
  return counts;
}

function expectEachOnce(study: keyof typeof NODES, ...runs: readonly string[]): void {
  const counts = computed(...runs);
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([]);
  expect(counts.size).toBe(NODES[study]);
}

function expectSameNumbers(study: string, ...runs: readonly string[]): void {
  for (const run of runs)
    expect(read(folder, run, "results.csv"), run).toBe(read(folder, `quiet-${study}`, "results.csv"));
}

/** Leases, holders and drafts: all of them are gone when everyone has ended, but for a draft that a kill fell into. */
function leftovers(cache: string, folders: readonly string[] = ["leases", "holders", "tmp"]): readonly string[] {
  return folders.flatMap((name) => readdirSync(join(folder, cache, name)));
}

const of = <T extends RunEvent["type"]>(out: string, type: T) =>
  journal(out).filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);

describe("runs at once on one cache", { timeout: 120_000 }, () => {
  it("compute every node once, ten of them, of which three have clocks that jump", async () => {
    const runs = Array.from({ length: 10 }, (_, index) => `ten-${index}`);
    const clock = (index: number) => (index % 4 === 1 ? { clock: "wild" as const } : {});
    const started = runs.map((out, index) => begin({ cache: "ten-cache", out, ...clock(index) }));
    const ended = await Promise.all(started.map((run) => run.ended));
    expect(ended.map(({ code }) => code)).toEqual(runs.map(() => 0));
    expectEachOnce("study", ...runs);
    expectSameNumbers("study", ...runs);
    expect(leftovers("ten-cache")).toEqual([]);
    const finished = runs.flatMap((out) => of(out, "run.finished"));
    expect(finished.reduce((sum, event) => sum + event.computed, 0)).toBe(NODES.study);
    for (const { computed, cached, shared } of finished) expect(computed + cached + (shared ?? 0)).toBe(NODES.study);
  });

  it("take over from one that is killed, at once where its process is seen to be gone", async () => {
    const owner = begin({ study: "slow", cache: "kill-cache", out: "killed" });
    await owner.seen(/"node.progress".*"loss"/);
    const other = begin({ study: "slow", cache: "kill-cache", out: "heir" });
    await other.seen(/"node.waiting"/);
    owner.child.kill("SIGKILL");
    expect((await other.ended).code).toBe(0);
    const [waiting] = of("heir", "node.waiting");
    expect(waiting?.holder).toMatchObject({ pid: owner.child.pid, host: null, run: expect.stringMatching(/^\d{4}-/) });
    expectEachOnce("slow", "killed", "heir");
    expectSameNumbers("slow", "heir");
    expect(leftovers("kill-cache", ["leases", "holders"])).toEqual([]);
  });

  it("take over from one that stands still; awake again, it notices and changes nothing", async () => {
    const owner = begin({ study: "slow", cache: "stop-cache", out: "stopped" });
    await owner.seen(/"node.progress".*"loss"/);
    const other = begin({ study: "slow", cache: "stop-cache", out: "woken" });
    await other.seen(/"node.waiting"/);
    const processes = [owner.child.pid ?? 0, ...childrenOf(owner.child.pid)];
    for (const pid of processes) process.kill(pid, "SIGSTOP");
    await other.seen(/"node.started".*"op":"train"/);
    for (const pid of processes) process.kill(pid, "SIGCONT");
    expect([(await owner.ended).code, (await other.ended).code]).toEqual([0, 0]);
    expect(of("stopped", "lease.lost")).toMatchObject([{ op: "train" }]);
    expect(of("stopped", "node.shared").map(({ op }) => op)).toContain("train");
    expectEachOnce("slow", "stopped", "woken");
    expectSameNumbers("slow", "stopped", "woken");
    expect(leftovers("stop-cache")).toEqual([]);
  });

  it("on two hosts, clocks hours apart, wait for the living and outlive the dead", async () => {
    const owner = begin({ study: "slow", cache: "host-cache", out: "far", host: "far", clock: -7_200_000 });
    await owner.seen(/"node.progress".*"loss"/);
    const other = begin({ study: "slow", cache: "host-cache", out: "near", host: "near", clock: 86_400_000 });
    await other.seen(/"node.waiting"/);
    owner.child.kill("SIGKILL");
    // Its process number means nothing there, so only its silence tells.
    expect((await other.ended).code).toBe(0);
    const [waiting] = of("near", "node.waiting");
    expect(waiting?.holder?.host).toMatch(/^[0-9a-f]{8}$/);
    expectEachOnce("slow", "far", "near");
    expectSameNumbers("slow", "near");
  });
});

it("a heartbeat goes on while its process is busy with something else", async () => {
  const holder = newHolder({ run: "r", everyMs: 20 });
  const path = join(folder, "holder");
  writeFileSync(path, printHolder(holder, 0));
  const beat = () => parseHolder(readFileSync(path))?.beat ?? 0;
  const heart = threadHeartbeat(path, holder);
  await expect.poll(beat).toBeGreaterThan(0);
  const before = beat();
  // No timer and no callback of this thread runs meanwhile.
  for (const until = performance.now() + 10_000; beat() < before + 5 && performance.now() < until; );
  expect(beat()).toBeGreaterThanOrEqual(before + 5);
  await heart.stop();
});
