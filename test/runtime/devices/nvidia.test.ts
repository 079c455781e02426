import { describe, expect, it } from "vitest";
import { type Answer, type Ask, ask } from "../../../src/runtime/devices/command.js";
import { discoverCuda, parseCards } from "../../../src/runtime/devices/nvidia.js";
import { visibleTo } from "../../../src/runtime/devices/visible.js";

const HEAD = "index, uuid, name, memory.total [MiB], memory.free [MiB], driver_version, mig.mode.current, compute_cap";
const A100 =
  "0, GPU-6d1f0c3a-0000-1111-2222-333344445555, NVIDIA A100-SXM4-40GB, 40960 MiB, 40337 MiB, 550.54.15, Disabled, 8.0";
const T4 = "1, GPU-9b2e7f10-aaaa-bbbb-cccc-ddddeeeeffff, Tesla T4, 15360 MiB, 2 MiB, 550.54.15, [N/A], 7.5";
const MIB = 2 ** 20;

const answered = (out: string, code = 0, err = ""): Answer => ({ status: "answered", code, out, err });
const tool =
  (...answers: readonly Answer[]): Ask =>
  async () =>
    left(answers);
const used = new WeakMap<object, number>();
function left(answers: readonly Answer[]): Answer {
  const index = used.get(answers) ?? 0;
  used.set(answers, index + 1);
  return answers[index] ?? { status: "absent" };
}

describe("nvidia-smi's table", () => {
  it("is read by its column names", async () => {
    const { devices, problem } = await discoverCuda({}, tool(answered(`${HEAD}\n${A100}\n${T4}\n`)));
    expect(problem).toBeUndefined();
    expect(devices).toEqual([
      {
        kind: "cuda",
        index: 0,
        uuid: "GPU-6d1f0c3a-0000-1111-2222-333344445555",
        name: "NVIDIA A100-SXM4-40GB",
        memoryBytes: 40960 * MIB,
        freeBytes: 40337 * MIB,
        computeCapability: "8.0",
        driver: "550.54.15",
      },
      expect.objectContaining({ index: 1, name: "Tesla T4", freeBytes: 2 * MIB, computeCapability: "7.5" }),
    ]);
  });

  it("may lack what an old driver does not know", async () => {
    const old = "index, uuid, name, memory.total [MiB], memory.free [MiB], driver_version, mig.mode.current";
    const row = "0, GPU-1, Tesla K80, 11441 MiB, 11441 MiB, 470.57.02, [N/A]";
    const unknown = answered('Field "compute_cap" is not a valid field to query.\n', 2);
    const { devices } = await discoverCuda({}, tool(unknown, answered(`${old}\n${row}\n`)));
    expect(devices).toMatchObject([{ name: "Tesla K80", computeCapability: null }]);
  });

  it("may not know the memory, where it is the processor's", async () => {
    const row = "0, GPU-1, NVIDIA GB10, [N/A], [N/A], 580.82, [N/A], 12.1";
    const { devices } = await discoverCuda({}, tool(answered(`${HEAD}\n${row}\n`)));
    expect(devices).toMatchObject([{ name: "NVIDIA GB10", memoryBytes: null, freeBytes: null }]);
  });

  it.each([
    ["a missing column", "index, uuid\n0, GPU-1", "nvidia-smi's table has no name, memory.total"],
    ["an amount that is none", `${HEAD}\n${A100.replace("40960 MiB", "lots")}`, "line 2 of nvidia-smi's table is not"],
    [
      "a row cut short",
      `${HEAD}\n${A100}\n1, GPU-2, Tesla`,
      "line 3 of nvidia-smi's table is not understood: 1, GPU-2",
    ],
    ["a uuid that is none", `${HEAD}\n${A100.replace("GPU-", "../")}`, "is not understood"],
    ["nothing", "", "has no index"],
  ])("is refused with %s", (_, table, message) => {
    expect(parseCards(table)).toContain(message);
  });
});

describe("a divided card", () => {
  it("computes by its parts", async () => {
    const list = [
      "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-6d1f0c3a-0000-1111-2222-333344445555)",
      "  MIG 3g.20gb     Device  0: (UUID: MIG-c7c4a2f0-1111-5222-8333-444455556666)",
      "  MIG 1g.5gb+me   Device  1: (UUID: MIG-GPU-6d1f0c3a/11/0)",
      "GPU 1: Tesla T4 (UUID: GPU-9b2e7f10-aaaa-bbbb-cccc-ddddeeeeffff)",
    ].join("\n");
    const table = `${HEAD}\n${A100.replace("Disabled", "Enabled")}\n${T4}\n`;
    const { devices } = await discoverCuda({}, tool(answered(table), answered(list)));
    expect(devices.map(({ index, uuid, name, memoryBytes }) => [index, uuid, name, memoryBytes])).toEqual([
      [0, "MIG-c7c4a2f0-1111-5222-8333-444455556666", "NVIDIA A100-SXM4-40GB MIG 3g.20gb", 20 * 1024 * MIB],
      [1, "MIG-GPU-6d1f0c3a/11/0", "NVIDIA A100-SXM4-40GB MIG 1g.5gb+me", 5 * 1024 * MIB],
      [2, "GPU-9b2e7f10-aaaa-bbbb-cccc-ddddeeeeffff", "Tesla T4", 15360 * MIB],
    ]);
  });
});

describe("without a driver", () => {
  it.each<[string, Answer, string | undefined]>([
    ["that was ever installed", { status: "absent" }, undefined],
    ["but with its tool, and no card", answered("No devices were found\n", 6), undefined],
    [
      "that the kernel knows",
      answered("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure…\n", 9),
      "nvidia-smi failed: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure…",
    ],
    [
      "of one version",
      answered("Failed to initialize NVML: Driver/library version mismatch\n", 18),
      "nvidia-smi failed: Failed to initialize NVML: Driver/library version mismatch",
    ],
    ["that answers", { status: "hung" }, "nvidia-smi does not answer: the driver hangs"],
  ])("%s there are no devices, and a reason where one would be", async (_, answer, problem) => {
    const found = await discoverCuda({}, tool(answer));
    expect(found.devices).toEqual([]);
    expect(found.problem?.problem).toBe(problem);
    if (problem !== undefined) expect(found.problem?.remedy).toMatch(/^restart the machine/);
  });
});

describe("an outer CUDA_VISIBLE_DEVICES", () => {
  const all = [{ uuid: "GPU-aaa1" }, { uuid: "GPU-aab2" }, { uuid: "MIG-c3" }];
  it.each([
    [undefined, [0, 1, 2]],
    ["", []],
    ["-1", []],
    ["1", [1]],
    ["2, 0", [2, 0]],
    ["0,7,1", [0]],
    ["0,0,1", [0]],
    ["GPU-aab", [1]],
    ["GPU-aa", []],
    ["MIG-c3,GPU-aaa1", [2, 0]],
    ["NoDevFiles", []],
  ])("of %j leaves %j", (setting, left) => {
    expect(visibleTo(all, setting)).toEqual(left.map((index) => all[index]));
  });

  it("renumbers what it leaves", async () => {
    const found = await discoverCuda({ CUDA_VISIBLE_DEVICES: "1" }, tool(answered(`${HEAD}\n${A100}\n${T4}\n`)));
    expect(found.devices).toMatchObject([{ index: 0, name: "Tesla T4" }]);
  });
});

describe("asking a program", () => {
  const options = { timeoutMs: 5000, environment: process.env };
  it("gives its words and its code", async () => {
    const script = "console.log('out'); console.error('err'); process.exit(3)";
    expect(await ask(process.execPath, ["-e", script], options)).toEqual({
      status: "answered",
      code: 3,
      out: "out\n",
      err: "err\n",
    });
  });

  it("finds out that it is not there, or does not answer", async () => {
    expect(await ask("xferc-no-such-program", [], options)).toEqual({ status: "absent" });
    const hung = ask(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { ...options, timeoutMs: 300 });
    expect(await hung).toEqual({ status: "hung" });
  });
});
