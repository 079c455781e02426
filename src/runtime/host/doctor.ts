/** What `xferc doctor` finds out about this machine. */

import { access, constants, mkdir, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { discoverDevices } from "../devices/discover.js";
import { cpuDevice } from "../devices/limits.js";
import { type Device, type DeviceProblem, type Discovery, deviceName } from "../devices/types.js";
import { type EngineReport, listEngines } from "../engine/index.js";
import { bytes } from "../ui/format.js";
import { packageVersion } from "./package.js";
import { projectCache } from "./project-cache.js";

export interface Findings {
  readonly xferc: string;
  readonly node: { readonly version: string; readonly supported: boolean };
  readonly cores: number;
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly cache: { readonly path: string; readonly writable: boolean; readonly freeBytes: number | null };
  readonly engines: readonly EngineReport[];
  /** As `XFERC_INVENTORY` takes them. */
  readonly devices: readonly Device[];
  /** Why there is no GPU to compute on, where one was looked for. */
  readonly absent: readonly DeviceProblem[];
  /** What keeps studies from running here, with the one command that fixes it. */
  readonly problems: readonly Lack[];
  /** What would make more of this machine, with the command for it; studies run without. */
  readonly hints: readonly Lack[];
}

export interface Lack {
  readonly problem: string;
  readonly remedy: string;
}

export interface ExamineOptions {
  readonly cwd: string;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly cache: string | undefined;
}

/** `engines` in package.json says the same. */
const OLDEST_NODE: readonly [major: number, minor: number] = [20, 9];
/** A quickstart leaves some ten megabytes; less than this and a real study will not get far. */
const LITTLE_SPACE = 1e9;

export async function examine(options: ExamineOptions): Promise<Findings> {
  const cache = await examineCache(projectCache(options));
  const [engines, found] = await Promise.all([listEngines(), discoverDevices(["cuda", "webgpu"], options.environment)]);
  const cpu = found.devices.find((device) => device.kind === "cpu") ?? cpuDevice();
  const node = { version: process.versions.node, supported: isSupported(process.versions.node) };
  return {
    xferc: packageVersion(),
    node,
    cores: cpu.cores,
    memory: { totalBytes: cpu.memoryBytes, freeBytes: cpu.freeBytes },
    cache,
    engines,
    devices: found.devices,
    absent: found.problems,
    problems: problemsOf(node, cache, engines),
    hints: hintsOf(engines, found),
  };
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

async function examineCache(path: string): Promise<Findings["cache"]> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    return { path, writable: true, freeBytes: await freeBytes(path) };
  } catch {
    return { path, writable: false, freeBytes: await freeBytes(path) };
  }
}

/** Of the nearest folder that exists. */
async function freeBytes(path: string): Promise<number | null> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      if (dirname(folder) === folder) return null;
    }
  }
}

function problemsOf(
  node: Findings["node"],
  cache: Findings["cache"],
  engines: readonly EngineReport[],
): Findings["problems"] {
  const problems: { problem: string; remedy: string }[] = [];
  if (!node.supported) {
    problems.push({
      problem: `Node ${node.version} is older than ${OLDEST_NODE.join(".")}`,
      remedy: "install Node 20 or newer from nodejs.org",
    });
  }
  if (!cache.writable) {
    problems.push({ problem: `the cache ${cache.path} cannot be written`, remedy: "xferc run STUDY --cache DIR" });
  } else if (cache.freeBytes !== null && cache.freeBytes < LITTLE_SPACE) {
    problems.push({
      problem: `only ${bytes(cache.freeBytes)} are free where the cache lies (${cache.path})`,
      remedy: "xferc run STUDY --cache DIR",
    });
  }
  // The reference engine computes everything, but slowly: for tests, not for studies.
  if (!engines.some(({ id, found }) => found && id !== "reference")) {
    for (const { id, missing, remedy } of engines) {
      if (missing !== null) problems.push({ problem: `engine ${id}: ${missing}`, remedy: remedy ?? "npm install" });
    }
  }
  return problems;
}

/** Devices no engine here computes on, and engines that are not there; a processor alone is no reason for hints. */
function hintsOf(engines: readonly EngineReport[], { devices, problems }: Discovery): readonly Lack[] {
  const usable = (kind: Device["kind"]) => engines.some((one) => one.found && one.devices.includes(kind));
  const idle = devices.filter(({ kind }) => kind === "cuda" && !usable("cuda"));
  const hints: Lack[] = idle.slice(0, 1).map((device) => ({
    problem: `no engine here computes on ${deviceName(device)} (${device.name})`,
    remedy: "xferc engine install tensorflow --cuda",
  }));
  for (const { kind, problem, remedy } of problems) {
    // a GPU driver is no one's duty; one that is there and broken is worth a word
    if (kind === "cuda") hints.push({ problem, remedy });
  }
  for (const { id, found, missing, remedy } of engines) {
    if (!found && remedy !== null && idle.length === 0) {
      hints.push({ problem: `engine ${id}: ${missing ?? "not found"}`, remedy });
    }
  }
  return hints;
}
