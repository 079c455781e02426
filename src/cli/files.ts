/** Studies by glob. */

import { existsSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { nearest } from "../compiler/suggest.js";
import { displayPath, UsageError } from "../runtime/host/index.js";
import type { Io } from "./io.js";

/** Sorted, each once. A plain path is taken as it is, so that its absence is said as such. @throws UsageError */
export async function studyFiles(io: Io, globs: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const word of globs) {
    // shells of Windows leave globs to the program, and what a glob is written with is `/`
    const pattern = sep === "/" ? word : word.replaceAll(sep, "/");
    const path = resolve(io.cwd, pattern);
    const matches = existsSync(path) ? undefined : await matchesOf(io, pattern);
    for (const match of matches ?? [displayPath(path, io.cwd)]) {
      if (isFolder(match, io)) throw new UsageError(`${word} is a folder`, `name the studies in it: ${inside(match)}`);
      found.add(match);
    }
  }
  return [...found].sort();
}

function isFolder(path: string, io: Io): boolean {
  return (
    !path.endsWith(".xfer") && (statSync(resolve(io.cwd, path), { throwIfNoEntry: false })?.isDirectory() ?? false)
  );
}

function inside(folder: string): string {
  return `"${folder === "" || folder === "." ? "" : `${folder}/`}**/*.xfer"`;
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
