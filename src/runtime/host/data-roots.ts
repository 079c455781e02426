/** Where a declared dataset or checkpoint lies here: `--data`, then `XFERC_DATA`, then the config, then as declared. */

import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join, normalize, resolve, sep } from "node:path";
import type { Config } from "./config.js";
import { UsageError } from "./errors.js";

export interface DataRoots {
  /** From `--data NAME=DIR`; absolute. */
  readonly named: ReadonlyMap<string, string>;
  /** From `XFERC_DATA`; absolute. */
  readonly environment: readonly string[];
  readonly config: Pick<Config, "data" | "dataRoots">;
}

export interface Declared {
  /** Of a data set; a checkpoint goes by its path alone. */
  readonly name?: string | undefined;
  /** As written in the study. */
  readonly path: string;
  /** Folder of the study file that declares it; absolute. */
  readonly folder: string;
}

/** `NAME=DIR`, as often as wanted. @throws UsageError */
export function parseDataFlags(flags: readonly string[], cwd: string): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const flag of flags) {
    const at = flag.indexOf("=");
    const name = flag.slice(0, at).trim();
    const path = flag.slice(at + 1).trim();
    if (at < 1 || name === "" || path === "") {
      throw new UsageError(`--data ${flag} does not say which dataset lies where`, "write --data NAME=DIR");
    }
    named.set(name, resolve(cwd, path));
  }
  return named;
}

export function environmentRoots(value: string | undefined, cwd: string): readonly string[] {
  if (value === undefined || value === "") return [];
  return value
    .split(delimiter)
    .filter(Boolean)
    .map((path) => resolve(cwd, path));
}

/** The first place that says something about the dataset; roots only count where something lies. */
export function locate(declared: Declared, roots: DataRoots): string {
  const named = declared.name === undefined ? undefined : roots.named.get(declared.name);
  if (named !== undefined) return named;
  const inEnvironment = roots.environment.flatMap((root) => inRoot(root, declared))[0];
  if (inEnvironment !== undefined) return inEnvironment;
  const configured = declared.name === undefined ? undefined : roots.config.data[declared.name];
  if (configured !== undefined) return configured;
  const inConfig = roots.config.dataRoots.flatMap((root) => inRoot(root, declared))[0];
  return inConfig ?? resolve(declared.folder, declared.path);
}

function inRoot(root: string, declared: Declared): readonly string[] {
  const candidates = declared.name === undefined ? [] : [join(root, declared.name)];
  const relative = normalize(declared.path);
  if (!isAbsolute(relative) && relative.split(sep)[0] !== "..") candidates.push(join(root, relative));
  return candidates.filter((path) => isBelow(path, root) && existsSync(path));
}

/** Whether a path is the folder or lies in it. */
export function isBelow(path: string, folder: string): boolean {
  const [whole, above] = [folded(path), folded(folder)];
  return whole === above || whole.startsWith(above.endsWith(sep) ? above : above + sep);
}

/** Windows tells no `C:` from `c:`, and editors write drives the other way than Node does. */
function folded(path: string): string {
  return sep === "/" ? path : path.toLowerCase();
}
