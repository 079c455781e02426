/** A run as users name it: its folder, or the folder's name somewhere below runs/. */

import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../runtime/host/index.js";

/** Absolute. @throws UsageError */
export function findRunFolder(cwd: string, run: string): string {
  const named = resolve(cwd, run);
  if (isRun(named)) return named;
  const found = foldersIn(join(cwd, "runs"))
    .map((study) => join(cwd, "runs", study, run))
    .filter((path) => /^[\w.-]+$/.test(run) && isRun(path));
  const [first] = found;
  if (first !== undefined) return first;
  throw new UsageError(`${run} is no run`, "name a run's folder; they lie below runs/, or where --out said");
}

const isRun = (folder: string): boolean => ["events.ndjson", "slurm"].some((name) => existsSync(join(folder, name)));

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
