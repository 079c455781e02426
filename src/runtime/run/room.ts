/** Whether what a run will write has room: under the limit the configuration sets, and on the disk. */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { cacheSizes } from "../cache/scan.js";
import { explainSystemError, StoreError } from "../store/errors.js";
import { nodeFileSystem } from "../store/filesystem.js";
import { bytes } from "../ui/format.js";
import type { PlannedStudy } from "./planned.js";

/** Estimates are rough; close to the limit it is worth a word. */
const NEARLY = 0.9;

/**
 * What a user should know before it begins; undefined where there is room enough.
 * @throws StoreError where the cache would grow past its limit
 */
export async function checkRoom({ open, demand }: PlannedStudy): Promise<string | undefined> {
  const wanted = demand.missing.reduce((sum, { estimate }) => sum + estimate.bytes, 0);
  if (wanted === 0) return undefined;
  const { maxBytes } = open.host.config.cache;
  if (maxBytes !== undefined) {
    const warning = await checkLimit(open.cache, wanted, maxBytes);
    if (warning !== undefined) return warning;
  }
  const free = await freeBytes(open.cache);
  if (free === undefined || free >= wanted) return undefined;
  return `this run will write about ${bytes(wanted)}, but only ${bytes(free)} are free where the cache lies (${open.cache}); ${ADVICE}`;
}

const ADVICE = "`xferc cache gc --plan` says what no study needs, `xferc cache du` what takes the space";

async function checkLimit(cache: string, wanted: number, maxBytes: number): Promise<string | undefined> {
  const { used, old } = await cacheSizes(cache, nodeFileSystem).catch((error: unknown) => {
    throw explainSystemError(error, cache);
  });
  const facts = `the cache holds ${bytes(used)} of the ${bytes(maxBytes)} it may grow to, and this run will write about ${bytes(wanted)}`;
  if (used + wanted > maxBytes) {
    const oldest = old > 0 ? ` ${bytes(old)} of it are older than 30 days.` : "";
    throw new StoreError(
      "full",
      `There is no room for this run: ${facts}.${oldest} ${ADVICE}; or raise cache.maxBytes in xfer.config.json.`,
    );
  }
  return used + wanted > NEARLY * maxBytes ? `${facts}; ${ADVICE}` : undefined;
}

/** Of the nearest folder there is; undefined where the system does not say. */
async function freeBytes(path: string): Promise<number | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch {
      if (dirname(folder) === folder) return undefined;
    }
  }
}
