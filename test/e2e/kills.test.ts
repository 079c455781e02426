/**
 * Runs whose processes are killed at any moment, any number of times: the same command goes on, and in the end the
 * numbers are those of a run that was left alone, on every engine that is here. `XFERC_KILLS_SECONDS=600` kills for
 * longer than the usual quarter of a minute, `XFERC_KILLS_SEED=…` at the moments of an earlier run.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJournal } from "../../src/runtime/journal/journal.js";
import { ensureBuilt } from "../built.js";
import { describeTensorflow } from "../support/tensorflow.js";
import { UNMINDED } from "../support/unminded.js";
import { project, read, remove, type Started, start, xferc } from "./command.js";

const STUDY = `study kills { seed 7; repeats 1 }
import "xfer:bundled"
model mini = vit(dim: 16, depth: 2, heads: 2, patch: 7, size: 28 px, drop_rate: 10%)
recipe long {
  optimizer adam(lr: 3e-3); batch 24 images; drop_last no; for 200 steps; clip_norm 1
  schedule warmup(10 steps) then plateau(factor: 0.5, patience: 1 checks)
  augment flip(h: 50%)
  select best(target.metric, on: val) every 20 steps
  checkpoint every 10 steps
}
recipe half = long with { precision fp16; for 120 steps }
source before = pretrain(on: digits_few, using: long, keep: [50] steps)
experiment main {
  vary init in [RI: random, WT: transfer]
  model mini; target digits_few; source before; train half
  measure test = score(target.metric)
  measure near = knn(selected, k: 5, bank: train)
}
table t from main { rows init; cell test }
`;

const SECONDS = Number(process.env.XFERC_KILLS_SECONDS ?? 15);
const SEED = Number(process.env.XFERC_KILLS_SEED ?? Date.now() % 1e6);

/** The engine's tests share a project, and a run that was left alone. @param seconds of killing at any moment */
function suiteOf(engine: "onnx" | "tensorflow", seconds: number): void {
  let folder = "";
  const RUN = ["run", "study.xfer", "--ui", "json", "--engine", engine];

  beforeAll(async () => {
    await ensureBuilt();
    folder = project({ "study.xfer": STUDY, "xfer.config.json": UNMINDED });
    const { code, err } = await xferc(folder, ...RUN, "--cache", "quiet-cache", "--out", "quiet");
    expect(err).toBe("");
    expect(code).toBe(0);
  }, 180_000);
  afterAll(() => remove(folder));

  function expectSameNumbers(run: string, why = run): void {
    for (const name of ["results.csv", "summary.csv"]) {
      expect(read(folder, run, name), why).toBe(read(folder, "quiet", name));
    }
  }

  const leftIn = (cache: string): readonly string[] =>
    existsSync(join(folder, cache, "partial")) ? readdirSync(join(folder, cache, "partial")) : [];

  const journalOf = (run: string) => readJournal(join(folder, run, "events.ndjson"));
  const stepsIn = (run: string, type: "node.resumed" | "node.stopped" | "node.checkpoint") =>
    journalOf(run).flatMap((event) => (event.type === type ? [{ label: event.label, step: event.step }] : []));

  describe("a killed run", { timeout: 120_000 }, () => {
    it("goes on from the last checkpoint when coordinator and workers are gone", async () => {
      const words = [...RUN, "--cache", "kill-cache", "--out", "kill", "--jobs", "1"];
      const run = start(folder, words);
      await run.seen(/"node.checkpoint".*"step":(60|80|100),/);
      const workers = childrenOf(run.child.pid);
      run.child.kill("SIGKILL");
      await run.ended;
      await gone(workers);
      const last = stepsIn("kill", "node.checkpoint").at(-1);
      const { code } = await xferc(folder, ...words);
      expect(code).toBe(0);
      const [resumed] = stepsIn("kill", "node.resumed");
      expect(resumed?.label).toBe(last?.label);
      expect(resumed?.step).toBeGreaterThanOrEqual(last?.step ?? 0);
      expectSameNumbers("kill");
      expect(journalOf("kill").filter(({ type }) => type === "run.started")).toHaveLength(2);
      expect(leftIn("kill-cache")).toEqual([]);
    });

    it("goes on by itself when a worker is gone", async () => {
      const run = start(folder, [...RUN, "--cache", "worker-cache", "--out", "worker", "--jobs", "1"]);
      await run.seen(/"node.checkpoint"/);
      for (const worker of childrenOf(run.child.pid)) process.kill(worker, "SIGKILL");
      await run.seen(/"node.resumed"/);
      for (const worker of childrenOf(run.child.pid)) process.kill(worker, "SIGTERM");
      expect((await run.ended).code).toBe(0);
      expect(journalOf("worker").filter(({ type }) => type === "worker.lost")).toHaveLength(2);
      expectSameNumbers("worker");
    });

    it("keeps the very step it is at when it is asked to stop", async () => {
      const never = ["--checkpoint-every", "10000steps"];
      const words = [...RUN, "--cache", "stop-cache", "--out", "stop", "--jobs", "1", ...never];
      const run = start(folder, words);
      await run.seen(/"loss"/);
      run.child.kill("SIGTERM");
      expect((await run.ended).code).toBe(130);
      const [stopped] = stepsIn("stop", "node.stopped");
      expect(stopped?.step).toBeGreaterThan(0);
      const again = await xferc(folder, ...words.map((word) => (word === "json" ? "plain" : word)));
      expect(again.code).toBe(0);
      expect(again.out).toContain(`${stopped?.label}: resumed at step ${stopped?.step} of 200`);
      expect(again.out).toMatch(/at step \d+ of 200, resumed at step/);
      expect(stepsIn("stop", "node.resumed")).toEqual([stopped]);
      expectSameNumbers("stop");
    });

    it("stops by itself when its time is up", async () => {
      const words = [
        "run",
        "study.xfer",
        "--ui",
        "plain",
        "--engine",
        engine,
        "--cache",
        "time-cache",
        "--out",
        "time",
        "--jobs",
        "1",
      ];
      const { code, out, err } = await xferc(folder, ...words, "--stop-after", "2s");
      expect(code).toBe(130);
      // On a slow machine the time may be up while the study is planned.
      expect(out + err).toMatch(/Resume with: xferc run study.xfer|Stopped before anything ran/);
    });

    it("leaves at once when asked twice, and no worker behind", async () => {
      const run = start(folder, [...RUN, "--cache", "twice-cache", "--out", "twice", "--jobs", "2"]);
      await run.seen(/"loss"/);
      const workers = childrenOf(run.child.pid);
      expect(workers.length).toBeGreaterThan(0);
      run.child.kill("SIGINT");
      run.child.kill("SIGTERM");
      expect((await run.ended).code).toBe(130);
      await gone(workers);
    });
  });

  it(`killed at any moment, any number of times, a run ends with the same numbers (seed ${SEED})`, {
    timeout: (seconds + 120) * 1000,
  }, async () => {
    const random = randomOf(SEED);
    const end = Date.now() + seconds * 1000;
    let kills = 0;
    for (let round = 1; round === 1 || Date.now() < end; round++) {
      const told: string[] = [];
      const words = [...RUN, "--cache", `chaos-cache-${round}`, "--out", `chaos-${round}`];
      for (let code: number | null = null; code !== 0; ) {
        const run = start(folder, words);
        const spared = Date.now() > end;
        if (!spared) told.push(await killSome(run, random));
        ({ code } = await run.ended);
        expect([0, 3, 130, null], told.join("; ")).toContain(code);
        if (spared) expect(code, told.join("; ")).toBe(0);
      }
      kills += told.length;
      expectSameNumbers(`chaos-${round}`, `round ${round} of seed ${SEED}: ${told.join("; ")}`);
      expect(leftIn(`chaos-cache-${round}`)).toEqual([]);
    }
    console.log(`${kills} rounds of kills`);
  });
}

describe("on onnx", () => suiteOf("onnx", SECONDS));
describeTensorflow("on tensorflow", () => suiteOf("tensorflow", SECONDS / 3));

function childrenOf(pid: number | undefined): readonly number[] {
  const tasks = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync("/proc/self/task")) throw new Error("this test finds worker processes below /proc");
  try {
    return readFileSync(tasks, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  for (const end = Date.now() + 10_000; pids.some(isAlive); ) {
    if (Date.now() > end) throw new Error(`workers ${pids.join()} are still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Workers, the coordinator or both, some time after they started; a coordinator that was spared goes on. */
async function killSome(run: Started, random: () => number): Promise<string> {
  const over = run.ended.then(() => true);
  const wait = (ms: number) => Promise.race([over, new Promise<false>((resolve) => setTimeout(resolve, ms, false))]);
  const coordinator = run.child.pid ?? 0;
  const told: string[] = [];
  for (let blow = 0; blow < 3; blow++) {
    if (await wait((blow === 0 ? 800 : 100) + random() * 2500)) break;
    const workers = childrenOf(coordinator);
    const victims = [coordinator, ...workers].filter(() => random() < 0.5);
    const signal = random() < 0.7 ? "SIGKILL" : "SIGTERM";
    for (const victim of victims) if (isAlive(victim)) process.kill(victim, signal);
    told.push(
      `${signal} to ${victims.includes(coordinator) ? "the coordinator and " : ""}${victims.length} of ${workers.length + 1}`,
    );
    if (!victims.includes(coordinator)) continue;
    await run.ended;
    await gone(workers);
    break;
  }
  return told.join(", ");
}

/** Numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
