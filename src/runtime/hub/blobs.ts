/**
 * Files that are being downloaded into the cache. Any number of processes may want the same one: whoever starts keeps
 * its time stamp fresh, others wait; a file nobody touches any more is taken over by renaming it, and gone on with. So
 * there is no lock that a killed process could leave behind. Should two write at once all the same (a stalled disk, a
 * clock gone wrong), each writes its own name, and nothing is published but what has the right digest.
 */

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RemoteFile } from "./requests.js";

/** A file untouched for so long belongs to no one; one of a process of this machine that has ended, at once. */
const STALE_MS = 10_000;
const BEAT_MS = 2000;
const POLL_MS = 250;

/** A blob that is not complete, ours alone. */
export interface Partial {
  readonly path: string;
  /** Bytes that are there already. */
  readonly size: number;
  /** Whoever wants it may take it over at once. */
  release(): Promise<void>;
}

export type Claim = { readonly kind: "whole" } | { readonly kind: "partial"; readonly partial: Partial };

/** Waits while another process downloads it. `onWait` is told once. */
export async function claimBlob(folder: string, { etag, size }: RemoteFile, onWait: () => void): Promise<Claim> {
  const blob = join(folder, etag);
  let told = false;
  for (;;) {
    if (await isWhole(blob, size)) return { kind: "whole" };
    const others = await partialsOf(folder, etag);
    if (others.some(isOwned)) {
      if (!told) onWait();
      told = true;
      await sleep(POLL_MS);
      continue;
    }
    const own = join(folder, `${etag}.${HOST}-${process.pid}-${randomBytes(4).toString("hex")}${PARTIAL}`);
    const [largest] = others.sort((a, b) => b.size - a.size);
    if (largest !== undefined) {
      if (!(await renamed(largest.path, own))) continue;
    } else {
      await (await open(own, "wx")).close();
      // Another process may have begun in the same moment, or have just come to the end. Of several that see each other
      // none goes on, and each tries again some time later.
      const rivals = (await partialsOf(folder, etag)).filter((one) => one.path !== own && isOwned(one));
      if (rivals.length > 0 || (await isWhole(blob, size))) {
        await discard({ path: own });
        await sleep(Math.random() * POLL_MS);
        continue;
      }
    }
    return { kind: "partial", partial: await beating(own) };
  }
}

const PARTIAL = ".xferc.incomplete";
const HOST = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

async function isWhole(blob: string, size: number): Promise<boolean> {
  try {
    return (await stat(blob)).size === size;
  } catch {
    return false;
  }
}

interface Found {
  readonly path: string;
  readonly size: number;
  readonly idleMs: number;
  readonly owner: "ended" | "unknown";
}

function isOwned({ idleMs, owner }: Found): boolean {
  return idleMs < STALE_MS && owner !== "ended";
}

/** Removes what others left of a blob that is whole now. */
export async function sweepPartials(folder: string, etag: string): Promise<void> {
  for (const partial of await partialsOf(folder, etag)) if (!isOwned(partial)) await discard(partial);
}

/** `HOST-PID-…`: whether that process of this machine still is. */
function ownerOf(name: string): Found["owner"] {
  const [host, pid] = name.split("-");
  if (host !== HOST) return "unknown";
  try {
    process.kill(Number(pid), 0);
    return "unknown";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH" ? "ended" : "unknown";
  }
}

async function partialsOf(folder: string, etag: string) {
  const found: Found[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${etag}.`) || !name.endsWith(PARTIAL)) continue;
    const path = join(folder, name);
    try {
      const { size, mtimeMs } = await stat(path);
      found.push({ path, size, idleMs: Date.now() - mtimeMs, owner: ownerOf(name.slice(etag.length + 1)) });
    } catch {
      // Finished or taken over in this moment.
    }
  }
  return found;
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

async function beating(path: string): Promise<Partial> {
  const touch = () => utimes(path, new Date(), new Date()).catch(() => undefined);
  await touch();
  const timer = setInterval(() => void touch(), BEAT_MS);
  timer.unref();
  const { size } = await stat(path);
  return {
    path,
    size,
    async release() {
      clearInterval(timer);
      await utimes(path, new Date(0), new Date(0)).catch(() => undefined);
    },
  };
}

/** Whether the bytes are what their name says: SHA-256, or git's SHA-1 of a blob. Another name says nothing. */
export async function hasDigest(path: string, { etag, size }: RemoteFile): Promise<boolean> {
  const hash = /^[0-9a-f]{64}$/.test(etag)
    ? createHash("sha256")
    : /^[0-9a-f]{40}$/.test(etag)
      ? createHash("sha1").update(`blob ${size}\0`)
      : undefined;
  if (hash === undefined) return true;
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex") === etag;
}

export async function discard({ path }: Pick<Partial, "path">): Promise<void> {
  await rm(path, { force: true });
}
