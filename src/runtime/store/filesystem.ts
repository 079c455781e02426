/** The few file operations the store makes, so that tests can hand it a full disk or one without hard links. */

import { randomBytes } from "node:crypto";
import { access, constants, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface FileSystem {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Creates the file (never replaces one), writes and flushes it to the disk. */
  readonly writeNew: (path: string, data: Uint8Array) => Promise<void>;
  readonly link: (from: string, to: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly makeFolder: (path: string) => Promise<void>;
  readonly syncFolder: (path: string) => Promise<void>;
  readonly list: (path: string) => Promise<readonly string[]>;
  readonly size: (path: string) => Promise<{ readonly bytes: number; readonly modifiedMs: number }>;
}

export const nodeFileSystem: FileSystem = {
  readFile: (path) => readFile(path),
  writeNew: async (path, data) => {
    const handle = await open(path, "wx", 0o644);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  link: (from, to) => link(from, to),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  makeFolder: async (path) => {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      // On a read-only file system Node says ENOENT here; whoever asks the folder above learns the truth.
      if (codeOf(error) === "ENOENT") await askWritable(dirname(path));
      throw error;
    }
  },
  syncFolder: async (path) => {
    let handle: Awaited<ReturnType<typeof open>> | undefined;
    try {
      handle = await open(path, "r");
      await handle.sync();
    } catch (error) {
      // Some systems cannot open or flush a folder (Windows, some network shares); the rename itself still holds.
      if (!["EINVAL", "EPERM", "EISDIR", "ENOTSUP", "EACCES"].includes(codeOf(error))) throw error;
    } finally {
      await handle?.close();
    }
  },
  list: (path) => readdir(path),
  size: async (path) => {
    const found = await stat(path);
    return { bytes: found.size, modifiedMs: found.mtimeMs };
  },
};

/** @throws the system's reason why nothing can be made in the nearest folder there is. */
async function askWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await askWritable(dirname(path));
  }
}

/** `ENOENT`, `ENOSPC`, …; empty where the error is no system error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

export type Published = "published" | "exists";

/**
 * Puts a whole file in place or nothing: temporary file in `temporary` (same filesystem), flushed, then linked, so the
 * first writer wins and no reader ever sees half a file. Where links are not to be had it renames, which is as whole.
 */
export async function publishFile(
  files: FileSystem,
  place: { readonly path: string; readonly temporary: string },
  data: Uint8Array,
): Promise<Published> {
  const folder = dirname(place.path);
  await files.makeFolder(place.temporary);
  await files.makeFolder(folder);
  const draft = join(place.temporary, `${process.pid}-${randomBytes(8).toString("hex")}`);
  try {
    await files.writeNew(draft, data);
    const published = await linkOrRename(files, draft, place.path);
    if (published === "published") await files.syncFolder(folder);
    return published;
  } finally {
    await files.remove(draft).catch(() => undefined);
  }
}

async function linkOrRename(files: FileSystem, draft: string, path: string): Promise<Published> {
  try {
    await files.link(draft, path);
    return "published";
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return "exists";
    if (!NO_LINKS.has(code)) throw error;
  }
  if (await exists(files, path)) return "exists";
  await files.rename(draft, path);
  return "published";
}

export async function exists(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.size(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
