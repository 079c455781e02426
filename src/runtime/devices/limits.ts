/** Memory and processors this process may use: the machine's, a control group's, or an address space limit's. */

import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { join } from "node:path";
import type { CpuDevice } from "./types.js";

/** Files as text; undefined where one cannot be read. Tests give another tree. */
export type ReadText = (path: string) => string | undefined;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export function cpuDevice(read: ReadText = readText): CpuDevice {
  const { memoryBytes, freeBytes } = memoryLimits(read, { total: totalmem(), free: freemem() });
  const quota = cpuQuota(read);
  return {
    kind: "cpu",
    name: cpus()[0]?.model.trim() || process.arch,
    cores: Math.max(1, Math.min(availableParallelism(), quota === undefined ? Infinity : Math.ceil(quota))),
    memoryBytes,
    freeBytes,
  };
}

export function memoryLimits(
  read: ReadText,
  machine: { readonly total: number; readonly free: number },
): { readonly memoryBytes: number; readonly freeBytes: number } {
  let { total, free } = machine;
  for (const folder of groupFolders(read, "memory")) {
    const limit = amount(read(join(folder, "memory.max")) ?? read(join(folder, "memory.limit_in_bytes")));
    const used = amount(read(join(folder, "memory.current")) ?? read(join(folder, "memory.usage_in_bytes")));
    if (limit === undefined || limit >= machine.total) continue;
    total = Math.min(total, limit);
    // pages of files that were read are given back when memory is wanted
    if (used !== undefined) free = Math.min(free, Math.max(0, limit - used + inactiveFiles(read, folder)));
  }
  const space = addressSpace(read);
  if (space !== undefined) {
    total = Math.min(total, space.resident + space.left);
    free = Math.min(free, space.left);
  }
  return { memoryBytes: total, freeBytes: free };
}

/** Processors' worth of time, where it is limited. */
function cpuQuota(read: ReadText): number | undefined {
  const quotas = groupFolders(read, "cpu").flatMap((folder) => {
    const [quota, period] = (
      read(join(folder, "cpu.max")) ??
      `${read(join(folder, "cpu.cfs_quota_us"))?.trim()} ${read(join(folder, "cpu.cfs_period_us"))?.trim()}`
    ).split(" ");
    const share = Number(quota) / Number(period);
    return Number.isFinite(share) && share > 0 ? [share] : [];
  });
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/**
 * How often the system ended a process of this one's groups for want of memory; a worker that is killed while the count
 * grows was one of them. Undefined where the system does not count.
 */
export function outOfMemoryKills(read: ReadText = readText): number | undefined {
  const counts = groupFolders(read, "memory").flatMap((folder) => {
    const events = read(join(folder, "memory.events")) ?? read(join(folder, "memory.oom_control"));
    const count = /^oom_kill (\d+)$/m.exec(events ?? "")?.[1];
    return count === undefined ? [] : [Number(count)];
  });
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** Folders of this process' control group and of those above it, whose limits bind as well. */
function groupFolders(read: ReadText, controller: "memory" | "cpu"): readonly string[] {
  const root = "/sys/fs/cgroup";
  const folders: string[] = [];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [id, controllers = "", ...rest] = line.split(":");
    const path = rest.join(":");
    if (id === undefined || path === "") continue;
    const unified = id === "0" && controllers === "";
    if (!unified && !controllers.split(",").includes(controller)) continue;
    const base = unified ? root : join(root, controllers.includes(",") ? controllers : controller);
    // a container sees its own group as the root, whatever its path is called outside
    const parts = path.split("/").filter((part) => part !== "");
    for (let depth = parts.length; depth >= 0; depth--) folders.push(join(base, ...parts.slice(0, depth)));
  }
  return [...new Set(folders)];
}

function inactiveFiles(read: ReadText, folder: string): number {
  const found = /^(?:total_)?inactive_file (\d+)$/m.exec(read(join(folder, "memory.stat")) ?? "")?.[1];
  return found === undefined ? 0 : Number(found);
}

/** Where `ulimit -v` limits it: much of a process' space is mapped and never touched, so what is left counts. */
function addressSpace(read: ReadText): { readonly resident: number; readonly left: number } | undefined {
  const soft = /^Max address space\s+(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
  const [size = Number.NaN, resident = 0] = (read("/proc/self/statm") ?? "").split(" ").map((n) => Number(n) * PAGE);
  if (soft === undefined || !Number.isFinite(size)) return undefined;
  return { resident, left: Math.max(0, Number(soft) - size) };
}
/** Of `statm`; Linux on x64 and most others. */
const PAGE = 4096;

function amount(text: string | undefined): number | undefined {
  const value = text?.trim();
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}

/** The most memory this process has held, in bytes. */
export function peakRss(read: ReadText = readText): number {
  // `maxRSS` counts what the parent held when it forked; the system's own count starts with this program
  const high = /^VmHWM:\s+(\d+) kB$/m.exec(read("/proc/self/status") ?? "")?.[1];
  return (high === undefined ? process.resourceUsage().maxRSS : Number(high)) * 1024;
}

export interface MemoryState {
  /** The most this process held. */
  readonly heldBytes: number;
  /** What it may hold: the machine's memory, or a limit below it. */
  readonly limitBytes: number;
  readonly freeBytes: number;
}

export function memoryState(read: ReadText = readText): MemoryState {
  const { memoryBytes, freeBytes } = cpuDevice(read);
  return { heldBytes: peakRss(read), limitBytes: memoryBytes, freeBytes };
}
