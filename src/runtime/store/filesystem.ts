/** The few file operations the store makes, so that tests can hand it a full disk or one without hard links. */

import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readSync, type Stats } from "node:fs";
import { access, constants, link, lstat, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface FileStatus {
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly kind: "file" | "folder" | "other";
}

export interface FileSystem {
  /** Of a plain file; anything else is refused with EISDIR. */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Creates the file (never replaces one), writes and flushes it to the disk. */
  readonly writeNew: (path: string, data: Uint8Array) => Promise<void>;
  /** Writes over the beginning of a file that is there, and flushes it. */
  readonly overwrite: (path: string, data: Uint8Array) => Promise<void>;
  readonly link: (from: string, to: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly makeFolder: (path: string) => Promise<void>;
  readonly syncFolder: (path: string) => Promise<void>;
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Of the file itself, never of what a symbolic link points at. */
  readonly status: (path: string) => Promise<FileStatus>;
  /** The same without letting go of the thread: a tenth of the cost where the disk is near. Nothing is tried twice. */
  readonly atOnce?: {
    /** Good until the next call. */
    readonly readFile: (path: string) => Uint8Array;
    readonly status: (path: string) => FileStatus;
  };
}

/** Files and folders get the modes the umask leaves, so that a group can share a cache. */
export const nodeFileSystem: FileSystem = {
  readFile: (path) => patient(() => readPlainFile(path)),
  writeNew: (path, data) => patient(() => writeThrough(path, "wx", data)),
  overwrite: (path, data) => patient(() => writeThrough(path, "r+", data)),
  link: (from, to) => link(from, to),
  rename: (from, to) => rename(from, to),
  remove: (path) => patient(() => removeAny(path)),
  makeFolder,
  syncFolder: (path) => patient(() => syncFolder(path)),
  list: (path) => patient(() => readdir(path)),
  status: (path) => patient(async () => statusOf(await lstat(path))),
  atOnce: { readFile: readPlainFileSync, status: (path) => statusOf(lstatSync(path)) },
};

function statusOf(found: Stats): FileStatus {
  const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
  return { bytes: found.size, modifiedMs: found.mtimeMs, kind };
}

/** Too many open files, or a network file system's handle gone stale, is over in a moment. */
const PASSING = new Set(["EMFILE", "ENFILE", "ESTALE"]);
const PAUSES_MS = [20, 100, 500, 2000];

async function patient<T>(work: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!PASSING.has(codeOf(error))) throw error;
      await sleep(pause);
    }
  }
  return work();
}

/** A pipe would block whoever opens it. */
const FOR_READING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What is no plain file is refused as a folder is. */
async function readPlainFile(path: string): Promise<Uint8Array> {
  const handle = await open(path, FOR_READING);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw noPlainFile(path);
    if (found.size >= SMALL_BYTES) return await handle.readFile();
    // One byte more than the size says: a file that is being written to may be longer by now.
    const data = Buffer.alloc(found.size + 1);
    const { bytesRead } = await handle.read(data, 0, data.byteLength, 0);
    return bytesRead === found.size ? data.subarray(0, bytesRead) : await handle.readFile();
  } finally {
    await handle.close();
  }
}
/** `readFile` takes six turns through the thread pool for any file, this two. */
const SMALL_BYTES = 1 << 18;

async function removeAny(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isAbsent(error)) return;
    // A folder; systems differ in how they say so.
    if (!["EISDIR", "EPERM", "EACCES"].includes(codeOf(error))) throw error;
    await rm(path, { force: true, recursive: true });
  }
}

/** Small files go through one piece of memory. */
function readPlainFileSync(path: string): Uint8Array {
  const file = openSync(path, FOR_READING);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw noPlainFile(path);
    if (found.size >= SCRATCH.byteLength) return readFileSync(file);
    const bytes = readSync(file, SCRATCH, 0, SCRATCH.byteLength, 0);
    return bytes === found.size ? SCRATCH.subarray(0, bytes) : readFileSync(file);
  } finally {
    closeSync(file);
  }
}
const SCRATCH = Buffer.alloc(SMALL_BYTES);

function noPlainFile(path: string): Error {
  return Object.assign(new Error(`EISDIR: no plain file, read '${path}'`), { code: "EISDIR", path });
}

async function writeThrough(path: string, flags: "wx" | "r+", data: Uint8Array): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true });
    // A folder is only there for good once the folder above has been flushed.
    for (let made = path; first !== undefined; made = dirname(made)) {
      await syncFolder(dirname(made));
      if (made === first) break;
    }
  } catch (error) {
    // On a read-only file system Node says ENOENT here; whoever asks the folder above learns the truth.
    if (codeOf(error) === "ENOENT") await askWritable(dirname(path));
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
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
}

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

/** Names in a folder; none where it is not there. */
export async function namesIn(folder: string, files: FileSystem): Promise<readonly string[]> {
  try {
    return await files.list(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Whether the error says that there is nothing under that name. */
export function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

/** Whether a failed `link` means that hard links are not to be had here. */
export function lacksLinks(error: unknown): boolean {
  return NO_LINKS.has(codeOf(error));
}

export type Published = "published" | "exists";

export interface PublishPlace {
  readonly path: string;
  /** A folder for drafts, on the same file system. */
  readonly temporary: string;
}

/**
 * Puts a whole file in place or nothing: temporary file in `temporary` (same filesystem), flushed, then linked, so the
 * first writer wins and no reader ever sees half a file. Where links are not to be had it renames, which is as whole.
 * `onTaken` may look at the draft where the name was taken.
 */
export async function publishFile(
  files: FileSystem,
  place: PublishPlace,
  data: Uint8Array,
  onTaken: (draft: string) => Promise<Published> = async () => "exists",
): Promise<Published> {
  const folder = dirname(place.path);
  const draft = draftIn(place.temporary);
  try {
    await inFolder(files, place.temporary, () => files.writeNew(draft, data));
    let published = await inFolder(files, folder, () => linkOrRename(files, draft, place.path));
    if (published === "exists") published = await onTaken(draft);
    if (published === "published") await files.syncFolder(folder);
    return published;
  } finally {
    await files.remove(draft).catch(() => undefined);
  }
}

/** Makes the folder where it is missing: mostly it is there, and asking costs as much as what is wanted. */
async function inFolder<T>(files: FileSystem, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    await files.makeFolder(folder);
    return work();
  }
}

/** A name no other process on any host draws. */
export function draftIn(folder: string): string {
  return join(folder, `${process.pid}-${randomBytes(8).toString("hex")}`);
}

async function linkOrRename(files: FileSystem, draft: string, path: string): Promise<Published> {
  try {
    await files.link(draft, path);
    return "published";
  } catch (error) {
    if (codeOf(error) === "EEXIST") return "exists";
    if (!lacksLinks(error)) throw error;
  }
  if (await exists(files, path)) return "exists";
  await files.rename(draft, path);
  return "published";
}

export async function exists(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.status(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * The time by the clock that stamps files in `folder`: a file server's, on a network. Ages of files are measured by it
 * and never by this machine's clock, which may differ by hours.
 */
export async function clockOf(files: FileSystem, folder: string): Promise<number> {
  await files.makeFolder(folder);
  const probe = draftIn(folder);
  try {
    await files.writeNew(probe, new Uint8Array(0));
    return (await files.status(probe)).modifiedMs;
  } finally {
    await files.remove(probe).catch(() => undefined);
  }
}
