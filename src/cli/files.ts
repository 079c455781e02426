/** Studies by glob. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearest } from "../compiler/suggest.js";
import { displayPath, UsageError } from "../runtime/host/index.js";
import type { Io } from "./io.js";

/** Sorted, each once. A plain path is taken as it is, so that its absence is said as such. @throws UsageError */
export async function studyFiles(io: Io, globs: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const pattern of globs) {
    const path = resolve(io.cwd, pattern);
    const matches = existsSync(path) ? undefined : await matchesOf(io, pattern);
    for (const match of matches ?? [displayPath(path, io.cwd)]) found.add(match);
  }
  return [...found].sort();
}

/** Undefined where it is a plain path. */
async function matchesOf(io: Io, pattern: string): Promise<readonly string[] | undefined> {
  const { default: glob } = await import("fast-glob");
  if (!glob.isDynamicPattern(pattern)) return undefined;
  const matches = await glob(pattern, { cwd: io.cwd, ignore: ["**/node_modules/**", "**/runs/**"], dot: false });
  if (matches.length === 0) throw new UsageError(`no file matches ${pattern}`, hintFor(pattern));
  return matches;
}

function hintFor(pattern: string): string {
  const ending = pattern.split(".").at(-1) ?? "";
  const meant = nearest(ending, ["xfer"]);
  return meant !== undefined && ending !== meant ? "studies end in .xfer" : "globs are relative to the current folder";
}
