/** Devices from the command line, on machines that are written down. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/runtime/devices/types.js";
import { discoverWebGpu } from "../../src/runtime/devices/webgpu.js";
import { ensureBuilt } from "../built.js";
import { newProject, TINY, xfercWith } from "./harness.js";

const project = newProject({ "study.xfer": TINY });
const elsewhere = mkdtempSync(join(tmpdir(), "xferc-inventories-"));
// whatever is installed on this machine: here there are the embedded engines alone
process.env.XFERC_ENGINES = join(elsewhere, "engines");
beforeAll(ensureBuilt, 120_000);
afterAll(() => {
  for (const folder of [project, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

const cpu: Device = { kind: "cpu", name: "processor", cores: 3, memoryBytes: 16e9, freeBytes: 12e9 };
const gpu = (index: number): Device => ({
  kind: "cuda",
  index,
  uuid: `GPU-${index}`,
  name: "NVIDIA T4",
  memoryBytes: 16e9,
  freeBytes: 15e9,
  computeCapability: "7.5",
  driver: "550.54",
});

let written = 0;
function machine(...devices: readonly Device[]): NodeJS.ProcessEnv {
  const path = join(elsewhere, `${written++}.json`);
  writeFileSync(path, JSON.stringify({ devices }));
  return { ...process.env, XFERC_INVENTORY: path };
}

describe("--device", () => {
  it.each<[string, readonly Device[], readonly string[], string]>([
    ["a GPU that is not there", [cpu], ["--device", "cuda"], "no CUDA device: nvidia-smi lists none"],
    ["a number too many", [cpu, gpu(0)], ["--device", "cuda:2"], "no engine here computes on cuda"],
    ["no engine for it", [cpu, gpu(0)], ["--device", "cuda"], "run `xferc engine install tensorflow --cuda`"],
    [
      "not this engine",
      [cpu, gpu(0)],
      ["--device", "cuda", "--engine", "onnx"],
      "run `xferc engine install onnx --cuda`",
    ],
    ["never this engine", [cpu, gpu(0)], ["--device", "cuda", "--engine", "reference"], "computes on the cpu alone"],
    ["no adapter", [cpu], ["--device", "webgpu"], "no WebGPU device: none was found"],
    ["nothing like it", [cpu], ["--device", "tpu"], "It must be auto, cpu, cuda, cuda:N, cuda:N,M or webgpu."],
  ])("for %s ends with a sentence and a remedy", async (_, devices, words, sentence) => {
    const { code, out, err } = await xfercWith(machine(...devices), project, "plan", "study.xfer", ...words);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/^ {4}at /m);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  it("decides about keys: another kind of device computes anew", async () => {
    const adapter: Device = { kind: "webgpu", name: "GPU", hardware: "gpu", limits: null };
    const keysOn = async (device: string) => {
      const words = ["plan", "study.xfer", "--format", "json", "--device", device];
      const { out } = await xfercWith(machine(cpu, adapter), project, ...words);
      const { nodes } = JSON.parse(out) as {
        nodes: { op: string; key: string; signature: { device: string } | null }[];
      };
      return nodes.find(({ op }) => op === "train");
    };
    const [onCpu, onGpu] = [await keysOn("cpu"), await keysOn("webgpu")];
    expect([onCpu?.signature?.device, onGpu?.signature?.device]).toEqual(["cpu", "webgpu"]);
    expect(onGpu?.key).not.toBe(onCpu?.key);
  });
});

it("a machine's processors make its workers, --jobs fewer", async () => {
  const workers = async (...words: readonly string[]) => {
    const run = await xfercWith(machine(cpu), project, "run", "study.xfer", "--ui", "json", ...words);
    expect(run.code).toBe(0);
    const started = JSON.parse(run.out.split("\n")[0] ?? "") as { workers: number; engine: string };
    return [started.workers, started.engine];
  };
  expect(await workers()).toEqual([3, expect.stringMatching(/^onnx .* cpu$/)]);
  expect(await workers("--jobs", "1")).toEqual([1, expect.any(String)]);
});

const { device, problem } = await discoverWebGpuBuilt();
async function discoverWebGpuBuilt() {
  await ensureBuilt();
  return discoverWebGpu();
}
const lacking = device === undefined ? ` (skipped: ${problem?.problem ?? "no adapter"})` : "";

it.skipIf(device === undefined)(`a study runs on webgpu${lacking}`, { timeout: 180_000 }, async () => {
  const words = ["run", "study.xfer", "--device", "webgpu", "--ui", "json", "--out", "gpu"];
  const run = await xfercWith(process.env, project, ...words);
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toContain(" webgpu (");
  expect(readFileSync(join(project, "gpu", "results.csv"), "utf8")).toMatch(/^main,1,1,test,top1,,0\.\d+,ok,/m);
});

describe("doctor", () => {
  it("names devices, what computes on them, and the command for those that are idle", async () => {
    const { code, out } = await xfercWith(machine(cpu, gpu(0), gpu(1)), project, "doctor");
    expect(code).toBe(0);
    expect(out).toContain("✓ cpu: processor, 3 cores, 16.0 GB (12.0 GB free) · for onnx");
    expect(out).toContain(
      "· cuda:1: NVIDIA T4, 16.0 GB (15.0 GB free), compute capability 7.5, driver 550.54 · no engine here computes on it",
    );
    expect(out).toContain(
      "note: no engine here computes on cuda:0 (NVIDIA T4)\n  fix: xferc engine install tensorflow --cuda",
    );
  });

  it("prints devices in the form that XFERC_INVENTORY takes", async () => {
    const first = JSON.parse((await xfercWith(machine(cpu, gpu(0)), project, "doctor", "--format", "json")).out);
    expect(first.devices).toEqual([cpu, gpu(0)]);
    const again = await xfercWith(machine(...first.devices), project, "doctor", "--format", "json");
    expect(JSON.parse(again.out).devices).toEqual(first.devices);
  });

  it("says what is wrong with an inventory", async () => {
    const broken = { ...process.env, XFERC_INVENTORY: join(elsewhere, "none.json") };
    const { code, err } = await xfercWith(broken, project, "doctor");
    expect(code).toBe(2);
    expect(err).toContain("XFERC_INVENTORY: ");
  });
});

describe("bench step", () => {
  it("prints what another program reads", async () => {
    const params = '{"blocks": [1], "widths": [4], "stem": "small"}';
    const words = ["bench", "step", "resnet", "--params", params, "--size", "16", "--batch", "4", "--format", "json"];
    const { code, out } = await xfercWith(machine(cpu), project, ...words);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ms_median: expect.any(Number),
      images_per_second: expect.any(Number),
      peak_rss_bytes: expect.any(Number),
      largest_batch: expect.any(Number),
      engine: "onnx",
    });
  });

  it.each([
    [["bench", "step", "resnet999"], "no model `resnet999`"],
    [["bench", "step", "resnet", "--params", "{"], "is not JSON"],
    [["bench", "step", "vit_tiny", "--batch", "none"], "whole number from 1"],
    [["bench", "leap"], "unknown command 'leap'"],
  ])("%j ends with a sentence", async (words, sentence) => {
    const { code, err } = await xfercWith(machine(cpu), project, ...words);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
  });
});

describe("engine install onnx", () => {
  it.each([
    [["engine", "install", "onnx"], "`xferc engine install onnx --cuda` fetches what it needs for CUDA"],
    [["engine", "install", "onnx", "--cuda", "--wheel", "x.whl"], "--wheel and --sha256 are for tensorflow"],
  ])("%j says what there is to install", async (words, sentence) => {
    const { code, err } = await xfercWith({}, project, ...words);
    expect(err).toContain(sentence);
    expect(code).toBe(2);
  });
});
