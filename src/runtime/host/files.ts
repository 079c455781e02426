/** Reading study files: bounded, text only, and imports that stay where they may. */

import { existsSync, realpathSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ReadProblem, ReadResult } from "../../compiler/host.js";
import { isBelow } from "./data-roots.js";
import { decoded } from "./encoding.js";
import { bundledStudy } from "./package.js";

/** Larger files are no studies; the limit keeps a wrong path from filling the memory. */
export const MAX_STUDY_BYTES = 2 * 1024 * 1024;

export async function readStudyFile(path: string): Promise<ReadResult> {
  try {
    // Devices and pipes may never end; a pipe without a writer blocks whoever as much as opens it.
    const kind = await stat(path);
    if (kind.isDirectory()) return { ok: false, problem: "directory" };
    if (!kind.isFile()) return { ok: false, problem: "unreadable" };
    const handle = await open(path, "r");
    try {
      const found = await handle.stat();
      if (found.size > MAX_STUDY_BYTES) return { ok: false, problem: "too-large" };
      return decoded(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): ReadProblem {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return "missing";
  return code === "EISDIR" ? "directory" : "unreadable";
}

export interface ImportRules {
  readonly cwd: string;
  /** Folders imports may reach; absolute. */
  readonly roots: readonly string[];
}

export const BUNDLED = "xfer:bundled";

/** Where an import leads, as a path like those the user types. */
export function resolveStudyImport(
  fromPath: string,
  specifier: string,
  rules: ImportRules,
): { readonly path: string } | { readonly problem: string } {
  if (specifier.startsWith("xfer:")) {
    if (specifier !== BUNDLED) return { problem: `there is no ${specifier}; ${BUNDLED} is what comes with xferc` };
    return { path: displayPath(bundledStudy, rules.cwd) };
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return { problem: "imports are files; addresses are not fetched" };
  if (isAbsolute(specifier)) return { problem: "an import is relative to the file it is in" };
  const target = resolve(dirname(absolutePath(fromPath, rules.cwd)), specifier);
  const real = existsSync(target) ? realpathSync(target) : target;
  const allowed = [...rules.roots, dirname(bundledStudy)].some(
    (root) => isBelow(target, root) && isBelow(real, existsSync(root) ? realpathSync(root) : root),
  );
  if (!allowed) {
    const project = displayPath(rules.roots[0] ?? rules.cwd, rules.cwd);
    return { problem: `it lies outside the project, ${project === "." ? "this folder" : project}` };
  }
  if (extname(target) !== ".xfer") return { problem: "studies end in .xfer" };
  return { path: displayPath(target, rules.cwd) };
}

/** As the user would write it: relative where that is shorter, `xfer:bundled` for what comes with xferc; forward slashes. */
export function displayPath(path: string, cwd: string): string {
  const near = relative(cwd, path) || ".";
  if (!isBelow(path, cwd) && path === bundledStudy) return BUNDLED;
  const shown = isBelow(path, cwd) || near.length < path.length ? near : path;
  return sep === "/" ? shown : shown.replaceAll(sep, "/");
}

/** What `displayPath` shows, or the user typed, as an absolute path. */
export function absolutePath(shown: string, cwd: string): string {
  return shown === BUNDLED ? bundledStudy : resolve(cwd, shown);
}
