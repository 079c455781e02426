import { describe, expect, it } from "vitest";
import {
  cpuDevice,
  memoryLimits,
  outOfMemoryKills,
  peakRss,
  type ReadText,
} from "../../../src/runtime/devices/limits.js";

const files =
  (tree: { readonly [path: string]: string }): ReadText =>
  (path) =>
    tree[path];
const GB = 1e9;
const machine = { total: 64 * GB, free: 40 * GB };

describe("memory", () => {
  it.each<[string, { readonly [path: string]: string }, number, number]>([
    ["no limit", {}, 64, 40],
    [
      "a control group's limit",
      {
        "/proc/self/cgroup": "0::/job/step\n",
        "/sys/fs/cgroup/job/step/memory.max": "8000000000\n",
        "/sys/fs/cgroup/job/step/memory.current": "3000000000\n",
        "/sys/fs/cgroup/job/step/memory.stat": "anon 1000000000\ninactive_file 500000000\n",
      },
      8,
      5.5,
    ],
    [
      "a limit of a group above",
      {
        "/proc/self/cgroup": "0::/job/step\n",
        "/sys/fs/cgroup/job/step/memory.max": "max\n",
        "/sys/fs/cgroup/job/memory.max": "4000000000\n",
        "/sys/fs/cgroup/job/memory.current": "1000000000\n",
      },
      4,
      3,
    ],
    [
      "a container that sees its own group as the root",
      { "/proc/self/cgroup": "0::/../outside\n", "/sys/fs/cgroup/memory.max": "2000000000\n" },
      2,
      40,
    ],
    [
      "an older kernel's groups",
      {
        "/proc/self/cgroup": "9:name=systemd:/\n4:memory:/slurm/job\n1:cpu,cpuacct:/\n",
        "/sys/fs/cgroup/memory/slurm/job/memory.limit_in_bytes": "16000000000\n",
        "/sys/fs/cgroup/memory/slurm/job/memory.usage_in_bytes": "15000000000\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      },
      16,
      1,
    ],
    [
      "an address space that is limited",
      {
        "/proc/self/limits":
          "Limit  Soft Limit  Hard Limit  Units\nMax address space         3000000000  unlimited  bytes\n",
        "/proc/self/statm": `${Math.round(2e9 / 4096)} ${Math.round(0.5e9 / 4096)} 1 1 0 1 0\n`,
      },
      1.5,
      1,
    ],
  ])("with %s", (_, tree, total, free) => {
    const { memoryBytes, freeBytes } = memoryLimits(files(tree), machine);
    expect(memoryBytes / GB).toBeCloseTo(total, 4);
    expect(freeBytes === machine.free ? 40 : freeBytes / GB).toBeCloseTo(Math.min(free, 40), 4);
  });
});

describe("processors", () => {
  it("are those a control group gives time to", () => {
    const two = files({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "100000 100000\n" });
    expect(cpuDevice(two).cores).toBe(1);
    const old = files({
      "/proc/self/cgroup": "3:cpu,cpuacct:/job\n",
      "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
    });
    expect(cpuDevice(old).cores).toBe(1);
    const unlimited = files({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" });
    expect(cpuDevice(unlimited).cores).toBe(cpuDevice(files({})).cores);
  });
});

describe("kills for want of memory", () => {
  it("are counted where the system counts them", () => {
    const group = { "/proc/self/cgroup": "0::/job\n" };
    const events = "low 0\nhigh 4\nmax 5\noom 2\noom_kill 2\n";
    expect(outOfMemoryKills(files({ ...group, "/sys/fs/cgroup/job/memory.events": events }))).toBe(2);
    const old = { "/proc/self/cgroup": "4:memory:/job\n" };
    const control = "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n";
    expect(outOfMemoryKills(files({ ...old, "/sys/fs/cgroup/memory/job/memory.oom_control": control }))).toBe(7);
    expect(outOfMemoryKills(files(group))).toBeUndefined();
  });
});

describe("the most this process held", () => {
  it("is the system's count of this program, else the process'", () => {
    expect(peakRss(files({ "/proc/self/status": "Name:\tnode\nVmHWM:\t  123456 kB\nVmRSS:\t 9 kB\n" }))).toBe(
      123456 * 1024,
    );
    expect(peakRss(files({}))).toBe(process.resourceUsage().maxRSS * 1024);
  });
});
