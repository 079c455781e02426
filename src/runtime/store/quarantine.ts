/** Where damaged files go: out of use, but not out of the world. */

import { randomBytes } from "node:crypto";
import { join, relative, sep } from "node:path";
import { codeOf, type FileSystem } from "./filesystem.js";

export type SetAside = "moved" | "gone" | "refused";

/**
 * Moves a file of the cache into `quarantine/`, under its path with `-` for `/` and a suffix of its own. Losing the race to
 * another process is as good. Where another has just put a good file in the place of the bad one, it is put back.
 */
export async function setAside(
  files: FileSystem,
  cache: string,
  path: string,
  isGood: (moved: string) => Promise<boolean> = async () => false,
): Promise<SetAside> {
  const folder = join(cache, "quarantine");
  const name = relative(cache, path).split(sep).join("-");
  const moved = join(folder, `${name}.${randomBytes(8).toString("hex")}`);
  try {
    await files.makeFolder(folder);
    await files.rename(path, moved);
  } catch (error) {
    // A read-only cache or a full disk keeps its damage; the reader still knows not to use it.
    if (codeOf(error) !== "") return codeOf(error) === "ENOENT" ? "gone" : "refused";
    throw error;
  }
  if (!(await isGood(moved).catch(() => false))) return "moved";
  await files.link(moved, path).catch(() => undefined);
  await files.remove(moved).catch(() => undefined);
  return "gone";
}
