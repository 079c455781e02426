/** What Node made of our sources is kept for the next command: a tenth of the time of a short one. */

import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

type Environment = { readonly [name: string]: string | undefined };

/**
 * The user's own folder and no shared one: what lies in it is run. Undefined where the user has none, or has told Node
 * where to keep such things, or to keep none.
 */
export function compiledCodeFolder(environment: Environment, home: () => string = homedir): string | undefined {
  if (environment.NODE_COMPILE_CACHE || environment.NODE_DISABLE_COMPILE_CACHE) return undefined;
  try {
    const caches = process.platform === "win32" ? environment.LOCALAPPDATA : environment.XDG_CACHE_HOME;
    return join(caches || join(home(), ".cache"), "xferc", "compiled");
  } catch {
    return undefined;
  }
}

/** Nothing happens where Node cannot (before 22.1) or the folder cannot be written. */
export function keepCompiledCode(environment: Environment): void {
  const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (folder: string) => unknown };
  const folder = compiledCodeFolder(environment);
  if (folder !== undefined) enableCompileCache?.(folder);
}
