import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "./package.js";

/** A module of the runtime as a child process runs it: the built one, also where this file runs from source. */
export function childModule(path: string): URL {
  return pathToFileURL(join(packageRoot, "dist/src/runtime", path));
}
