/** `xferc cache verify`: reads everything, and sets aside what is not what it should be. */

import { join } from "node:path";
import { codeOf, type FileSystem, isAbsent } from "../store/filesystem.js";
import { sha256 } from "../store/layer.js";
import { setAside } from "../store/quarantine.js";
import type { BlobRef } from "../store/types.js";
import { type ActionFile, type CacheFile, inParallel, readAction, type Scan, scanCache } from "./scan.js";

export interface Damage {
  /** Below the cache's folder. */
  readonly path: string;
  readonly what: string;
  /** `left`, where the cache cannot be written to. */
  readonly outcome: "set aside" | "left";
}

export interface Verdict {
  readonly results: number;
  /** Results of an older version whose small numbers have no digest of their own. */
  readonly unsealed: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly Damage[];
  /** Files that are not xferc's; they are left alone. */
  readonly foreign: readonly string[];
}

export interface VerifyOptions {
  readonly cache: string;
  readonly files: FileSystem;
  /** Whether a blob that is not here is in a cache below. */
  readonly isBelow: (ref: BlobRef) => Promise<boolean>;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export async function verifyCache(options: VerifyOptions): Promise<Verdict> {
  const { cache, files } = options;
  const scan = await scanCache(cache, files);
  const damaged: Damage[] = [];
  const note = async (path: string, what: string, isGood?: (moved: string) => Promise<boolean>) => {
    const outcome = await setAside(files, cache, join(cache, path), isGood);
    if (outcome !== "gone") damaged.push({ path, what, outcome: outcome === "moved" ? "set aside" : "left" });
  };
  await verifyContents(scan, options, note);
  const whole = new Map(scan.blobs.map(({ digest, bytes }) => [digest, bytes]));
  for (const { path } of damaged) whole.delete(path.replace("blobs/", "").replace("/", ""));
  for (const action of scan.actions) {
    const problem = await problemOf(action, whole, options);
    if (problem === undefined) continue;
    await note(action.path, problem, async () => {
      const again = await readAction(cache, action, files);
      return again?.manifest !== undefined;
    });
  }
  return {
    results: scan.actions.length,
    unsealed: scan.actions.filter(({ manifest, sealed }) => manifest !== undefined && !sealed).length,
    blobs: scan.blobs.length,
    bytes: [...scan.blobs, ...scan.actions].reduce((sum, { bytes }) => sum + bytes, 0),
    damaged: damaged.sort((a, b) => (a.path < b.path ? -1 : 1)),
    foreign: scan.foreign.map(({ path }) => path),
  };
}

type Note = (path: string, what: string, isGood?: (moved: string) => Promise<boolean>) => Promise<void>;

/** Blobs and unfinished work are named after what is in them. */
async function verifyContents(scan: Scan, { cache, files, onProgress }: VerifyOptions, note: Note): Promise<void> {
  const named = [...scan.blobs, ...scan.partial.filter(({ digest }) => digest !== undefined)];
  const total = named.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  // Whole files are read: two at once are enough for a disk, and for the memory.
  const halves = [named.filter((_, index) => index % 2 === 0), named.filter((_, index) => index % 2 === 1)];
  await inParallel(halves, async (half) => {
    for (const file of half) {
      const is = async (path: string) => sha256(await files.readFile(path)) === file.digest;
      if ((await contentOf(file, cache, is)) === "altered")
        await note(file.path, "its content is not what its name says", is);
      done += file.bytes;
      onProgress?.(done, total);
    }
  });
}

async function contentOf(
  file: CacheFile,
  cache: string,
  is: (path: string) => Promise<boolean>,
): Promise<"whole" | "altered" | "gone"> {
  try {
    return (await is(join(cache, file.path))) ? "whole" : "altered";
  } catch (error) {
    if (isAbsent(error)) return "gone";
    if (codeOf(error) === "EISDIR") return "altered";
    throw error;
  }
}

async function problemOf(
  action: ActionFile,
  blobs: ReadonlyMap<string, number>,
  { isBelow }: VerifyOptions,
): Promise<string | undefined> {
  if (action.manifest === undefined) return "it is no manifest, or was altered";
  for (const [name, ref] of Object.entries(action.manifest.outputs)) {
    if (blobs.get(ref.digest) === ref.bytes || (await isBelow(ref))) continue;
    return `its ${name} is missing or damaged, so it has to be computed again`;
  }
  return undefined;
}
