import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { entries, validate } from "../../../src/catalog/index.js";
import type { Plan, PlanNode } from "../../../src/compiler/plan/types.js";
import { memoryFactor, stepMemory, valueBytes } from "../../../src/models/memory.js";
import type { ModelSpec } from "../../../src/models/types.js";
import { execute } from "../../../src/runtime/coordinator/coordinator.js";
import { outOfMemory } from "../../../src/runtime/coordinator/out-of-memory.js";
import type { Device } from "../../../src/runtime/devices/types.js";
import { broadcast } from "../../../src/runtime/journal/journal.js";
import { openStore } from "../../../src/runtime/store/index.js";
import { spawnWorkers, type WorkerFactory } from "../../../src/runtime/workers/index.js";
import { ensureBuilt } from "../../built.js";
import { keyOf, planOf } from "./plans.js";

beforeAll(ensureBuilt, 120_000);

const cpu: Device = { kind: "cpu", name: "processor", cores: 2, memoryBytes: 8e9, freeBytes: 4e9 };

const model: ModelSpec = {
  family: "resnet",
  version: 1,
  params: { blocks: [1, 1], widths: [8, 16], stem: "small", block: "basic" },
  classes: 10,
  channels: 3,
  size: 32,
};
const adam = entries("optimizer").find(({ id }) => id === "adam");
const chosen = adam === undefined ? undefined : validate(adam, { lr: 1e-3 });
const optimizer = chosen?.ok ? chosen.choice : { id: "adam", version: 1, params: {} };

function training(batch: number): PlanNode {
  const [node] = planOf({ large: { op: "train" } }).nodes;
  const recipe = { optimizer, batch, clipNorm: null };
  return { ...node, params: { model, recipe, task: "multiclass" } } as unknown as PlanNode;
}
const needs = (batch: number) =>
  memoryFactor("onnx") * valueBytes(stepMemory({ model, batch, task: "multiclass", optimizer, clipNorm: null }));

const canLimit = (() => {
  try {
    execFileSync("prlimit", ["--version"]);
    return process.platform === "linux";
  } catch {
    return false;
  }
})();
const lacking = canLimit ? "" : " (skipped: this system has no prlimit)";

async function coordinate(node: PlanNode, device: Device, startWorker: WorkerFactory) {
  const folder = mkdtempSync(join(tmpdir(), "xferc-memory-"));
  const messages: string[] = [];
  try {
    const execution = await execute({
      plan: { ...planOf({ large: { op: "train" } }), nodes: [node] } as Plan,
      store: openStore(folder),
      events: broadcast([(event) => event.type === "node.failed" && messages.push(event.message)]),
      inventory: { hostBytes: 8e9, places: [{ name: "cpu", memoryBytes: undefined }], slots: [0] },
      devices: [device],
      policy: "keep-going",
      startWorker,
      resource: () => undefined,
      signal: new AbortController().signal,
      by: { xferc: "0.1.0", host: "here", engine: null },
    });
    return { ...execution, messages };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The training node of this batch in a worker that may hold `more` bytes than it does when its engine is open. */
function run(batch: number, more: number) {
  const workers = spawnWorkers({
    cache: tmpdir(),
    engine: { id: "onnx", device: "cpu", threads: 1 },
    entry: new URL("./hungry-child.mjs", import.meta.url),
    environment: () => ({ HUNGRY_BYTES: String(more) }),
  });
  return coordinate(training(batch), cpu, workers);
}

describe("a step that is too large for its worker", () => {
  it.skipIf(!canLimit)(`fails with what there was, what it needs, and a batch that does fit${lacking}`, async () => {
    const { failures, messages } = await run(8192, 1.5e9);
    const [message = ""] = messages;
    expect(message).toMatch(
      /^out of memory on cpu \(.*B for this process, of which the worker held .*B\): a step of batch 8192 needs about 5.* GB by estimate; the largest batch that would fit is \d+: lower `batch`, or run fewer --jobs \(program `step` failed in onnxruntime: \w+: Failed to allocate memory/,
    );
    const fits = Number(/would fit is (\d+)/.exec(message)?.[1]);
    expect(fits).toBeGreaterThan(500);
    // nothing of what was measured, nor of the engine's own words
    expect(failures.get(keyOf("large"))).toMatch(
      /^out of memory on cpu: a step of batch 8192 needs about 5\.\d+ GB by estimate; the journal says how much there was/,
    );
    expect(await run(fits, 1.5e9)).toMatchObject({ computed: 1, failed: 0 });
  });
});

describe("a step whose values alone are more than its device has", () => {
  it("is not tried", async () => {
    const node = training(8192);
    const small: Device = { ...cpu, memoryBytes: 2e9 };
    const sized = { ...node, estimate: { ...node.estimate, deviceMemory: needs(8192) } } as PlanNode;
    const never = () => Promise.reject(new Error("no worker wanted"));
    const { failures, messages } = await coordinate(sized, small, never);
    expect(failures.get(keyOf("large"))).toMatch(/^out of memory on cpu: a step of batch 8192 needs/);
    expect(messages[0]).toMatch(
      /^out of memory on cpu \(2\.0 GB for this process\): a step of batch 8192 .* would fit is \d+: .* \(not tried: its values alone/,
    );
  });
});

describe("the sentence", () => {
  const state = { heldBytes: 1e9, limitBytes: 4e9, freeBytes: 3e9 };
  const fits = (message: string) => Number(/would fit is (\d+)/.exec(message)?.[1]);

  it("names a batch whose need is within what there was", () => {
    const named = fits(outOfMemory(training(100_000), cpu, "std::bad_alloc", state));
    expect(needs(named)).toBeLessThanOrEqual(4e9);
    expect(needs(named + 1)).toBeGreaterThan(3.7e9);
  });

  it("believes the failure where the estimate says that it should have fitted", () => {
    const batch = 256;
    expect(needs(batch)).toBeLessThan(1e9);
    expect(fits(outOfMemory(training(batch), cpu, "std::bad_alloc", state))).toBeLessThan(batch);
  });

  it("takes a GPU's free memory for what there was", () => {
    const gpu = { kind: "cuda", index: 1, uuid: "GPU-1", name: "NVIDIA T4", computeCapability: "7.5" } as const;
    const device: Device = { ...gpu, memoryBytes: 16e9, freeBytes: 2e9, driver: "550" };
    const message = outOfMemory(training(8192), device, "OOM when allocating tensor", state);
    expect(message).toMatch(/^out of memory on cuda:1 \(NVIDIA T4, 16\.0 GB of which 2\.0 GB were free\): a step/);
    expect(needs(fits(message))).toBeLessThanOrEqual(2e9);
  });

  it("keeps to a WebGPU adapter's largest tensor", () => {
    const limits = { bindingBytes: 128 * 2 ** 20, bindings: 8 };
    const device: Device = { kind: "webgpu", name: "GPU", hardware: "gpu", limits };
    const message = outOfMemory(training(100_000), device, "Too many storage buffers in shader", undefined);
    expect(message).toMatch(/^out of memory on webgpu \(GPU\): a step of batch 100000/);
    const { largest } = stepMemory({ model, batch: fits(message), task: "multiclass", optimizer, clipNorm: null });
    expect(largest).toBeLessThanOrEqual(2 * limits.bindingBytes);
  });

  it("says that nothing fits where nothing does", () => {
    const tiny = { heldBytes: 200e6, limitBytes: 260e6, freeBytes: 10e6 };
    expect(outOfMemory(training(8), cpu, "std::bad_alloc", tiny)).toMatch(/not even a batch of 1 would fit/);
  });
});
