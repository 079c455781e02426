/** Everything that lies in a cache, sorted by what it is. Other processes may add and remove files meanwhile. */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { codeOf, type FileSystem, isAbsent, namesIn } from "../store/filesystem.js";
import { readManifest } from "../store/manifest.js";
import type { Manifest } from "../store/types.js";

export interface CacheFile {
  /** Below the cache's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** By the clock that stamps files there. */
  readonly modifiedMs: number;
}

export interface ActionFile extends CacheFile {
  readonly key: NodeKey;
  /** Undefined where the file is no manifest of this key. */
  readonly manifest: Manifest | undefined;
  /** Whether it vouches for its content. */
  readonly sealed: boolean;
}

export interface BlobFile extends CacheFile {
  readonly digest: string;
}

/** Unfinished work of a node. */
export interface PartialFile extends CacheFile {
  readonly key: NodeKey;
  /** Of its content; undefined for a file that is not named so. */
  readonly digest: string | undefined;
}

export interface Scan {
  readonly actions: readonly ActionFile[];
  readonly blobs: readonly BlobFile[];
  readonly partial: readonly PartialFile[];
  readonly quarantine: readonly CacheFile[];
  readonly drafts: readonly CacheFile[];
  /** Notes beside the results: speeds, digests of data files, last plans, who is at work. */
  readonly notes: readonly CacheFile[];
  /** What xferc never writes. */
  readonly foreign: readonly CacheFile[];
}

const BLOB = /^blobs\/([0-9a-f]{2})\/([0-9a-f]{62})$/;
const ACTION = /^actions\/([0-9a-f]{2})\/([0-9a-f]{62})\.json$/;
const PARTIAL = /^partial\/([0-9a-f]{64})(?:\.\d+)?\.([0-9a-f]{64})?/;
const DRAFT = /^tmp\/|\.[0-9a-f]{12}\.tmp$/;
const NOTE = /^(?:format|rates|digests|micro-batches)\.json$|^(?:plans|leases|holders)\//;
const AT_ONCE = 32;

export async function scanCache(cache: string, files: FileSystem): Promise<Scan> {
  const found = {
    actions: [] as ActionFile[],
    blobs: [] as BlobFile[],
    partial: [] as PartialFile[],
    quarantine: [] as CacheFile[],
    drafts: [] as CacheFile[],
    notes: [] as CacheFile[],
    foreign: [] as CacheFile[],
  };
  const manifests: CacheFile[] = [];
  for (const file of await filesBelow(cache, files)) {
    const blob = BLOB.exec(file.path);
    const partial = PARTIAL.exec(file.path);
    if (blob !== null) found.blobs.push({ ...file, digest: `${blob[1]}${blob[2]}` });
    else if (ACTION.test(file.path)) manifests.push(file);
    else if (partial !== null) found.partial.push({ ...file, key: partial[1] as NodeKey, digest: partial[2] });
    else if (file.path.startsWith("quarantine/")) found.quarantine.push(file);
    else if (DRAFT.test(file.path)) found.drafts.push(file);
    else if (NOTE.test(file.path)) found.notes.push(file);
    else found.foreign.push(file);
  }
  await inParallel(manifests, async (file) => {
    const action = await readAction(cache, file, files);
    if (action !== undefined) found.actions.push(action);
  });
  found.actions.sort((a, b) => (a.path < b.path ? -1 : 1));
  return found;
}

const MONTH_MS = 30 * 86_400_000;

export interface CacheSizes {
  readonly used: number;
  /** Of that, what is older than 30 days. */
  readonly old: number;
}

/** Of everything in the cache, without reading any of it. */
export async function cacheSizes(cache: string, files: FileSystem): Promise<CacheSizes> {
  const found = await filesBelow(cache, files);
  // The youngest file tells the time there well enough for this.
  const now = found.reduce((latest, { modifiedMs }) => Math.max(latest, modifiedMs), 0);
  const sum = (some: readonly CacheFile[]) => some.reduce((total, { bytes }) => total + bytes, 0);
  return { used: sum(found), old: sum(found.filter(({ modifiedMs }) => now - modifiedMs > MONTH_MS)) };
}

/** Undefined where it went away. */
export async function readAction(cache: string, file: CacheFile, files: FileSystem): Promise<ActionFile | undefined> {
  const [, shard, rest] = ACTION.exec(file.path) ?? [];
  const key = `${shard}${rest}` as NodeKey;
  try {
    const read = readManifest(new TextDecoder().decode(await files.readFile(join(cache, file.path))));
    const manifest = read?.manifest.key === key ? read.manifest : undefined;
    return { ...file, key, manifest, sealed: read?.sealed ?? false };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (codeOf(error) === "EISDIR") return { ...file, key, manifest: undefined, sealed: false };
    throw error;
  }
}

/** Sorted by path. Links, pipes and devices count as files of no size. */
async function filesBelow(cache: string, files: FileSystem): Promise<readonly CacheFile[]> {
  const found: CacheFile[] = [];
  let folders: string[] = [""];
  while (folders.length > 0) {
    const deeper: string[] = [];
    await inParallel(folders, async (folder) => {
      for (const name of await namesIn(join(cache, folder), files)) {
        const path = folder === "" ? name : `${folder}/${name}`;
        try {
          const { kind, bytes, modifiedMs } = await files.status(join(cache, path));
          if (kind === "folder") deeper.push(path);
          else found.push({ path, bytes: kind === "file" ? bytes : 0, modifiedMs });
        } catch (error) {
          if (!isAbsent(error)) throw error;
        }
      }
    });
    folders = deeper;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const open = [...items].reverse();
  async function take(): Promise<void> {
    for (let item = open.pop(); item !== undefined; item = open.pop()) await work(item);
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, take));
}
