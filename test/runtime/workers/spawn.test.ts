import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../../src/runtime/store/index.js";
import {
  type Job,
  type Progress,
  spawnWorkers,
  type Worker,
  WorkerLostError,
  WorkerStartError,
} from "../../../src/runtime/workers/index.js";
import { ensureBuilt } from "../../built.js";
import { planOf } from "../coordinator/plans.js";

const cache = mkdtempSync(join(tmpdir(), "xferc-workers-"));
const open: Worker[] = [];
beforeAll(ensureBuilt, 120_000);
afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.stop()));
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const entry = new URL("./fake-child.mjs", import.meta.url);
const engine = { id: "reference", device: "cpu", threads: 1 } as const;

async function start(graceMs = 2000): Promise<Worker> {
  const worker = await spawnWorkers({ cache, engine, entry, graceMs })(0);
  open.push(worker);
  return worker;
}
const job = (...labels: string[]): Job => ({
  id: 7,
  nodes: planOf(Object.fromEntries(labels.map((label) => [label, {}]))).nodes.map((node) => ({ node, inputs: {} })),
});
const silent = () => undefined;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a worker process", () => {
  it("computes in another process, through the store, and reports progress", async () => {
    const worker = await start();
    const heard: Progress[] = [];
    const [outcome] = await worker.run(job("echo"), (progress) => heard.push(progress));
    if (!outcome?.ok) throw new Error("it failed");
    expect(outcome.value).not.toEqual({ pid: process.pid });
    const state = outcome.outputs.state ?? { digest: "", bytes: 0 };
    expect(new TextDecoder().decode(await openStore(cache).get(state))).toBe("made by echo");
    expect(heard.map(({ done, values }) => [done, values.loss])).toEqual([
      [1, 0.5],
      [2, 0.25],
    ]);
    const [again] = await worker.run(job("echo"), silent);
    expect(again).toMatchObject({ value: outcome.value });
  });

  it("gives an operation's error back and goes on", async () => {
    const worker = await start();
    expect(await worker.run(job("fail"), silent)).toMatchObject([
      { ok: false, problem: { kind: "failed", message: "image 7 is corrupt" } },
    ]);
    expect(await worker.run(job("echo"), silent)).toMatchObject([{ ok: true }]);
  });

  it("is lost with its last words when native code crashes", async () => {
    const worker = await start();
    const lost = worker.run(job("crash"), silent);
    await expect(lost).rejects.toThrow(WorkerLostError);
    await expect(lost).rejects.toThrow(/was ended by SIGABRT; its last words: free\(\): invalid pointer/);
    await expect(worker.run(job("echo"), silent)).rejects.toThrow(WorkerLostError);
  });

  it("is lost when someone kills it", async () => {
    const worker = await start();
    const [outcome] = await worker.run(job("echo"), silent);
    const { pid } = (outcome?.ok ? outcome.value : {}) as { pid: number };
    const lost = worker.run(job("wait"), silent);
    process.kill(pid, "SIGKILL");
    await expect(lost).rejects.toThrow("killed by someone, or by the system for want of memory");
  });

  it("lets a job be cancelled, and takes another", async () => {
    const worker = await start();
    const running = worker.run(job("wait"), silent);
    worker.cancel();
    expect(await running).toMatchObject([{ ok: false, problem: { kind: "cancelled" } }]);
    expect(await worker.run(job("echo"), silent)).toMatchObject([{ ok: true }]);
  });

  it("keeps what it has and goes when someone asks it to end", async () => {
    const worker = await start();
    const [outcome] = await worker.run(job("echo"), silent);
    const { pid } = (outcome?.ok ? outcome.value : {}) as { pid: number };
    const lost = worker.run(job("wait"), silent);
    process.kill(pid, "SIGHUP");
    process.kill(pid, "SIGINT");
    process.kill(pid, "SIGTERM");
    await expect(lost).rejects.toThrow("ended with exit code 143");
  });

  it.each(["is killed", "exits"])("does not outlive a parent that %s, busy as it may be", async (how) => {
    const script = fileURLToPath(new URL("./parent.mjs", import.meta.url));
    const words = [script, cache, ...(how === "exits" ? ["exit"] : [])];
    const parent = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((resolve) => parent.stdout.on("data", (text) => resolve(Number(text))));
    if (how === "is killed") parent.kill("SIGKILL");
    for (const end = Date.now() + 10_000; isAlive(pid); ) {
      if (Date.now() > end) throw new Error(`worker ${pid} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("is killed when it does not hear", async () => {
    const worker = await start(200);
    const running = worker.run(job("block"), silent);
    worker.cancel();
    await expect(running).rejects.toThrow("SIGKILL");
  });

  it("is refused where it computes with something else than the plan's keys say", async () => {
    const due = { engine: "onnx", engineVersion: "9.9.9", device: "cpu", precision: "f32", threads: 1 } as const;
    const starting = spawnWorkers({ cache, engine, entry, signature: due })(0);
    await expect(starting).rejects.toThrow(WorkerStartError);
    await expect(starting).rejects.toThrow(/the plan with onnx 9\.9\.9 on cpu, f32, threads 1/);
  });

  it("is told of its slot's device in its environment", async () => {
    const slots = spawnWorkers({
      cache,
      engine,
      entry,
      environment: (slot) => ({ CUDA_VISIBLE_DEVICES: `GPU-${slot}` }),
    });
    const worker = await slots(3);
    open.push(worker);
    const [outcome] = await worker.run(job("device"), silent);
    expect(outcome).toMatchObject({ ok: true, value: "GPU-3" });
  });

  it("says why its engine does not open", async () => {
    const starting = spawnWorkers({ cache, engine: { ...engine, id: "onnx" }, entry })(0);
    await expect(starting).rejects.toThrow(WorkerStartError);
    await expect(starting).rejects.toThrow("engine onnx is not installed");
  });
});
