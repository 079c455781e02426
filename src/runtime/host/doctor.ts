/** What `xferc doctor` finds out about this machine. */

import { access, constants, mkdir, statfs } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import { type EngineReport, listEngines } from "../engine/index.js";
import { bytes } from "../ui/format.js";
import { cacheFolder, createNodeHost, packageVersion } from "./index.js";

export interface Findings {
  readonly xferc: string;
  readonly node: { readonly version: string; readonly supported: boolean };
  readonly cores: number;
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly cache: { readonly path: string; readonly writable: boolean; readonly freeBytes: number | null };
  readonly engines: readonly EngineReport[];
  /** What keeps studies from running here, with the one command that fixes it. */
  readonly problems: readonly { readonly problem: string; readonly remedy: string }[];
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
  const unknown = async () => ({ status: "unknown", reason: "not asked" }) as const;
  const host = createNodeHost({
    cwd: options.cwd,
    study: "study.xfer",
    data: [],
    environment: options.environment,
    facts: { dataset: unknown, weights: unknown },
  });
  const cache = await examineCache(cacheFolder(host, options.cache, options.environment));
  const engines = await listEngines();
  const node = { version: process.versions.node, supported: isSupported(process.versions.node) };
  return {
    xferc: packageVersion(),
    node,
    cores: availableParallelism(),
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    cache,
    engines,
    problems: problemsOf(node, cache, engines),
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

export function printFindings(findings: Findings): string {
  const { node, memory, cache } = findings;
  const lines = [
    `xferc ${findings.xferc} on Node ${node.version}`,
    `${findings.cores} cores, ${bytes(memory.totalBytes)} of memory (${bytes(memory.freeBytes)} free)`,
    `cache ${cache.path}${cache.freeBytes === null ? "" : ` (${bytes(cache.freeBytes)} free)`}`,
    "",
    "engines:",
    ...findings.engines.map(engineLine),
    "",
  ];
  if (findings.problems.length === 0) lines.push("Nothing is missing.");
  for (const { problem, remedy } of findings.problems) lines.push(`missing: ${problem}`, `  fix: ${remedy}`);
  return lines.join("\n");
}

function engineLine({ id, found, version, devices, missing, remedy }: EngineReport): string {
  if (!found) return `  ✗ ${id}: ${missing ?? "not found"}${remedy === null ? "" : ` (fix: ${remedy})`}`;
  const lacking = missing === null ? "" : ` (${missing}${remedy === null ? "" : `; fix: ${remedy}`})`;
  return `  ✓ ${id}${version === null ? "" : ` ${version}`}: ${devices.join(", ")}${lacking}`;
}
