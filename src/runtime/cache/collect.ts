/**
 * `xferc cache gc`: removes what no named study reaches. Safe beside running studies: what their plans name stays, and so
 * does everything young; each file is looked at again before it goes. Should a run need something after all, it finds it
 * missing and computes it again.
 */

import { join } from "node:path";
import type { NodeKey, OpName } from "../../compiler/plan/types.js";
import { clockOf, draftIn, type FileSystem, isAbsent } from "../store/filesystem.js";
import { timerHeartbeat } from "../store/heartbeat.js";
import { openLeases } from "../store/lease.js";
import { mayComeOf } from "./descent.js";
import { type Live, liveOn } from "./live.js";
import { type ActionFile, type BlobFile, type CacheFile, type PartialFile, type Scan, scanCache } from "./scan.js";

export interface Garbage {
  readonly actions: readonly ActionFile[];
  /** Blobs that only these results have, or none. */
  readonly blobs: readonly BlobFile[];
  /** Unfinished work that no one will go on with, drafts and quarantine. */
  readonly leftovers: readonly (CacheFile | PartialFile)[];
}

export interface CollectOptions {
  readonly cache: string;
  readonly files: FileSystem;
  /** Nodes the named studies reach. */
  readonly reached: ReadonlySet<NodeKey>;
  /** Operations of which a study uses results that are not known here: all that may come of one is kept. */
  readonly unclear?: ReadonlySet<OpName>;
  /** Collect only what is at least so old. */
  readonly olderThanMs?: number | undefined;
}

/** What is younger may belong to someone who has just begun. */
export const GRACE_MS = 3_600_000;

export interface CollectPlan {
  readonly garbage: Garbage;
  readonly kept: {
    readonly results: number;
    readonly bytes: number;
    /** No study reaches them, but they are too young to go. */
    readonly young: number;
    /** No study is known to reach them, but one may. */
    readonly unclear: number;
  };
  readonly live: Live;
}

/** Looks, and changes nothing but a probe of the clock. */
export async function planCollection(options: CollectOptions): Promise<CollectPlan> {
  const { cache, files } = options;
  const now = await clockOf(files, join(cache, "tmp"));
  // Pins first: a run that begins after this finds its results by looking them up, and they are still there.
  const live = await liveOn(cache, files, now);
  const scan = await scanCache(cache, files);
  const { reached, olderThanMs, unclear: ops = new Set() } = options;
  const unclear = mayComeOf(ops, scan.actions);
  const garbage = garbageIn(scan, { reached, olderThanMs, live, unclear, isUnclear: ops.size > 0, now });
  const gone = new Set<CacheFile>([...garbage.actions, ...garbage.blobs]);
  const stays = [...scan.actions, ...scan.blobs].filter((file) => !gone.has(file));
  return {
    garbage,
    kept: {
      results: scan.actions.length - garbage.actions.length,
      bytes: stays.reduce((sum, { bytes }) => sum + bytes, 0),
      young: scan.actions.filter(
        (action) => !gone.has(action) && !unclear.has(action.key) && !isReached(action.key, live, options),
      ).length,
      unclear: scan.actions.filter(({ key }) => unclear.has(key) && !isReached(key, live, options)).length,
    },
    live,
  };
}

function isReached(key: NodeKey, live: Live, { reached }: Pick<CollectOptions, "reached">): boolean {
  return reached.has(key) || live.pinned.has(key);
}

interface Keeping extends Pick<CollectOptions, "reached" | "olderThanMs"> {
  readonly live: Live;
  /** Results that may be needed, where there is a study of which not all is known. */
  readonly unclear: ReadonlySet<NodeKey>;
  readonly isUnclear: boolean;
  readonly now: number;
}

function garbageIn(scan: Scan, keeping: Keeping): Garbage {
  const { reached, olderThanMs = 0, live, unclear, isUnclear, now } = keeping;
  const least = Math.max(GRACE_MS, olderThanMs);
  const isOld = ({ modifiedMs }: CacheFile) => now - modifiedMs >= least;
  const actions = scan.actions.filter(
    (action) => !isReached(action.key, live, keeping) && !unclear.has(action.key) && isOld(action),
  );
  const unwanted = new Set(actions);
  const staying = scan.actions.filter((action) => !unwanted.has(action));
  const used = digestsOf(staying);
  // whose unfinished work it is cannot be told either
  const mayBeWanted = ({ key }: PartialFile) => reached.has(key) || isUnclear;
  const finished = new Set(staying.flatMap(({ key, manifest }) => (manifest === undefined ? [] : [key])));
  return {
    actions,
    // Whatever a live run has written since it began may be about to become an output.
    blobs: scan.blobs.filter((blob) => !used.has(blob.digest) && isOld(blob) && blob.modifiedMs < live.sinceMs),
    leftovers: [
      ...scan.partial.filter(
        (file) => isOld(file) && !live.pinned.has(file.key) && (finished.has(file.key) || !mayBeWanted(file)),
      ),
      ...[...scan.quarantine, ...scan.drafts].filter(isOld),
    ],
  };
}

function digestsOf(actions: readonly ActionFile[]): ReadonlySet<string> {
  return new Set(actions.flatMap(({ manifest }) => Object.values(manifest?.outputs ?? {}).map(({ digest }) => digest)));
}

export interface Collected {
  readonly results: number;
  readonly files: number;
  readonly bytes: number;
}

/** Results first, then the blobs that no result has any more. */
export async function collect(plan: CollectPlan, options: CollectOptions): Promise<Collected> {
  const { cache, files } = options;
  const { garbage } = plan;
  // Runs may have begun since, while someone read the plan.
  const live = await liveOn(cache, files, await clockOf(files, join(cache, "tmp")));
  const done = { results: 0, files: 0, bytes: 0 };
  const count = (file: CacheFile) => {
    done.files += 1;
    done.bytes += file.bytes;
  };
  for (const action of garbage.actions) {
    if (live.pinned.has(action.key) || !(await removeUnchanged(action, options))) continue;
    done.results += 1;
    count(action);
  }
  const used = digestsOf((await scanCache(cache, files)).actions);
  for (const blob of garbage.blobs) {
    if (used.has(blob.digest) || blob.modifiedMs >= live.sinceMs) continue;
    if (await removeUnchanged(blob, options)) count(blob);
  }
  for (const file of garbage.leftovers) {
    const isPinned = "key" in file && live.pinned.has(file.key);
    if (!isPinned && (await removeUnchanged(file, options))) count(file);
  }
  await sweepLeases(options);
  return done;
}

/** Moved aside, looked at, and put back where someone has just written it anew. */
async function removeUnchanged(file: CacheFile, { cache, files }: CollectOptions): Promise<boolean> {
  const path = join(cache, file.path);
  const aside = draftIn(join(cache, "tmp"));
  try {
    await files.rename(path, aside);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  const { modifiedMs } = await files.status(aside);
  const unchanged = modifiedMs === file.modifiedMs;
  if (!unchanged) await files.link(aside, path).catch(() => undefined);
  await files.remove(aside);
  return unchanged;
}

/** Leases are removed by whoever may take them, so this process has to be one who may. */
async function sweepLeases({ cache, files }: CollectOptions): Promise<void> {
  const leases = await openLeases(cache, { run: "cache gc", files, heartbeat: timerHeartbeat(files) });
  await leases.sweep();
  await leases.close();
}
