import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { discoverDevices } from "../../../src/runtime/devices/discover.js";
import { workerEnvironment } from "../../../src/runtime/devices/environment.js";
import { cpuDevice } from "../../../src/runtime/devices/limits.js";
import { type Device, deviceName } from "../../../src/runtime/devices/types.js";
import { understood } from "../../../src/runtime/devices/webgpu.js";
import { parseDeviceWish } from "../../../src/runtime/devices/wish.js";

const folder = mkdtempSync(join(tmpdir(), "xferc-devices-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cuda: Device = {
  kind: "cuda",
  index: 0,
  uuid: "GPU-1",
  name: "NVIDIA T4",
  memoryBytes: 16e9,
  freeBytes: 15e9,
  computeCapability: "7.5",
  driver: "550",
};
const webgpu: Device = { kind: "webgpu", name: "Apple GPU", hardware: "gpu", limits: null };

function injected(content: unknown): NodeJS.ProcessEnv {
  const path = join(folder, `inventory-${Math.random()}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return { XFERC_INVENTORY: path };
}

describe("a machine written down", () => {
  it("stands for the one at hand, as far as it is asked for", async () => {
    const devices = [{ ...cpuDevice(), cores: 64 }, cuda, webgpu];
    const environment = injected({ devices });
    expect(await discoverDevices(["cuda", "webgpu"], environment)).toEqual({ devices, problems: [] });
    expect((await discoverDevices(["cpu"], environment)).devices.map(deviceName)).toEqual(["cpu"]);
    const without = await discoverDevices(["cuda"], injected({ devices: [cuda] }));
    expect(without.devices.map(deviceName)).toEqual(["cpu", "cuda:0"]);
  });

  it.each([
    ["{", "cannot be read"],
    [{ devices: [] }, "must NOT have fewer than 1 items"],
    [{ devices: [{ ...cuda, memoryBytes: "16 GB" }] }, "devices/0/memoryBytes must be"],
    [{ device: [cuda] }, "must have required property 'devices'"],
  ])("is refused where it is %j", async (content, message) => {
    await expect(discoverDevices(["cuda"], injected(content))).rejects.toThrow(message);
  });

  it("has to be there", async () => {
    await expect(discoverDevices(["cpu"], { XFERC_INVENTORY: "/no/such/file" })).rejects.toThrow("cannot be read");
  });
});

describe("this machine", () => {
  it("has a processor", async () => {
    const { devices } = await discoverDevices(["cpu"], {});
    expect(devices).toMatchObject([{ kind: "cpu", cores: expect.any(Number), memoryBytes: expect.any(Number) }]);
  });
});

describe("--device", () => {
  it.each([
    ["auto", { kind: "auto" }],
    ["cpu", { kind: "cpu" }],
    ["webgpu", { kind: "webgpu" }],
    ["cuda", { kind: "cuda" }],
    ["cuda:3", { kind: "cuda", indices: [3] }],
    ["cuda:2,0,2", { kind: "cuda", indices: [2, 0] }],
  ])("%s is understood", (text, wish) => expect(parseDeviceWish(text)).toEqual(wish));

  it.each(["gpu", "cuda:", "cuda:-1", "cuda:0,", "CPU", "cpu:0", ""])("%s is refused", (text) => {
    expect(() => parseDeviceWish(text)).toThrow(/is no device/);
  });
});

describe("a worker", () => {
  it("sees its own device alone, and asks it to repeat itself", () => {
    expect(workerEnvironment(cuda)).toMatchObject({
      CUDA_VISIBLE_DEVICES: "GPU-1",
      CUDA_DEVICE_ORDER: "PCI_BUS_ID",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
      TF_DETERMINISTIC_OPS: "1",
      CUBLAS_WORKSPACE_CONFIG: ":4096:8",
      NVIDIA_TF32_OVERRIDE: "0",
    });
    for (const device of [cpuDevice(), webgpu, undefined]) {
      expect(workerEnvironment(device)).toEqual({ CUDA_VISIBLE_DEVICES: "-1" });
    }
  });
});

describe("what a trial of WebGPU tells", () => {
  const hardware = (type: number) =>
    `2026 [I:onnxruntime:, x.cc:34 operator()] Discovered OrtHardwareDevice {vendor_id:0x10de, device_id:0x2204, vendor:NVIDIA, type:${type}, metadata: []}\n`;
  const words =
    "Expand: numbers_storage_buffers_ <= limits_.maxStorageBuffersPerShaderStage was false. Too many storage buffers in shader. Current: 33, Max is 10";

  it("are the adapter's name and limits", () => {
    const { device } = understood({ trial: { status: "works", words }, said: hardware(0) + hardware(1) });
    expect(device).toEqual({
      kind: "webgpu",
      name: "NVIDIA GPU 10de:2204",
      hardware: "gpu",
      // 64 GiB less a little, in 32 pieces
      limits: { bindingBytes: 2 ** 31 - 2 ** 17, bindings: 10 },
    });
  });

  it("is a software adapter where the system has no GPU, and no limits where none were told", () => {
    const { device } = understood({ trial: { status: "works", words: "something else" }, said: hardware(0) });
    expect(device).toMatchObject({ hardware: "software", limits: null });
  });

  it.each([
    [{ status: "refused", message: "Failed to get a WebGPU adapter: No supported adapters" } as const, "No supported"],
    [{ status: "lost", how: "was ended by SIGSEGV" } as const, "the process that tried WebGPU was ended by SIGSEGV"],
  ])("is a problem where there is none", (trial, problem) => {
    const found = understood({ trial, said: "" });
    expect(found.device).toBeUndefined();
    expect(found.problem).toMatchObject({ problem: expect.stringContaining(problem), remedy: expect.any(String) });
  });
});
