/** Who works on a cache right now, and what they will still need of it. */

import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { type FileSystem, isAbsent, namesIn } from "../store/filesystem.js";
import { isGone, parseHolder } from "../store/holder.js";

export interface Live {
  readonly runs: number;
  /** Nodes of their plans, and nodes that are leased. */
  readonly pinned: ReadonlySet<NodeKey>;
  /** When the first of them began, by the clock that stamps files there; infinite where there is none. */
  readonly sinceMs: number;
}

/** A silent one may have been asleep; after this, what it needs is computed again should it wake. */
const SILENT_MS = 3_600_000;
const HEX64 = /^[0-9a-f]{64}$/;

/** @param now by the clock that stamps files there */
export async function liveOn(cache: string, files: FileSystem, now: number): Promise<Live> {
  const pinned = new Set<NodeKey>();
  let runs = 0;
  let sinceMs = Number.POSITIVE_INFINITY;
  for (const name of await namesIn(join(cache, "holders"), files)) {
    if (name.includes(".")) continue;
    const path = join(cache, "holders", name);
    if (!(await isLive(path, files, now))) continue;
    runs += 1;
    const pins = await pinsAt(`${path}.keys`, files);
    for (const key of pins.keys) pinned.add(key);
    sinceMs = Math.min(sinceMs, pins.writtenMs);
  }
  for (const name of await namesIn(join(cache, "leases"), files)) {
    const [key = ""] = name.split(".");
    if (HEX64.test(key)) pinned.add(key as NodeKey);
  }
  return { runs, pinned, sinceMs };
}

async function isLive(path: string, files: FileSystem, now: number): Promise<boolean> {
  try {
    const sign = parseHolder(await files.readFile(path));
    const { modifiedMs } = await files.status(path);
    return now - modifiedMs < SILENT_MS && !(sign !== undefined && isGone(sign.holder));
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Written once, when the run begins; where it is not there yet, nothing at all is old enough. */
async function pinsAt(path: string, files: FileSystem): Promise<{ keys: readonly NodeKey[]; writtenMs: number }> {
  try {
    const text = new TextDecoder().decode(await files.readFile(path));
    const keys = text.split("\n").filter((line): line is NodeKey => HEX64.test(line));
    return { keys, writtenMs: (await files.status(path)).modifiedMs };
  } catch (error) {
    if (isAbsent(error)) return { keys: [], writtenMs: Number.NEGATIVE_INFINITY };
    throw error;
  }
}
