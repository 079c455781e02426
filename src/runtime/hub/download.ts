/** From the hub into the cache: resumed where it broke off, held against its digest, visible only when it is whole. */

import { randomBytes } from "node:crypto";
import { copyFile, link, mkdir, open, readFile, rename, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HubFile } from "../../compiler/hub.js";
import { readShardIndex } from "../weights/shards.js";
import { claimBlob, discard, hasDigest, type Partial, sweepPartials } from "./blobs.js";
import { type Cached, isCommit, repositoryFolder, snapshotFile, USUAL_FILES } from "./cache.js";
import { HubError, PassingError } from "./errors.js";
import { describeFile, type HubClient, openContent, type RemoteFile } from "./requests.js";

export interface Downloading extends HubClient {
  /** The cache's folder. */
  readonly cache: string;
  /** Before a broken request is tried again; doubled each time. */
  readonly pauseMs: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

export interface DownloadProgress {
  /** `timm/resnet18.a1_in1k/model.safetensors`. */
  readonly file: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
  /** `waiting`: another process downloads it. */
  readonly state: "waiting" | "running" | "whole";
}

/** In a row, without a byte gained. */
const ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 60_000;

/** The weights of a repository, of a sharded checkpoint all parts. @throws HubError */
export async function download(hub: HubFile, how: Downloading): Promise<Cached> {
  const remote = await findRemote(hub, how);
  const path = await obtain(hub, remote, how);
  const { commit } = remote;
  if (remote.file.endsWith(".index.json")) {
    const folder = dirname(remote.file);
    for (const part of readShardIndex(await readFile(path), remote.file).files.keys()) {
      const file = folder === "." ? part : `${folder}/${part}`;
      const found = await attempted(how, () => describeFile(how, { ...hub, revision: commit }, file));
      if (found === undefined)
        throw new HubError(`${hub.owner}/${hub.name} lacks ${file}, which its index lists`, "take another repository");
      await obtain(hub, found, how);
    }
  }
  await keepRevision(hub, commit, how.cache);
  return { path, commit };
}

async function findRemote(hub: HubFile, how: Downloading): Promise<RemoteFile> {
  const files = hub.file === undefined ? USUAL_FILES : [hub.file];
  for (const file of files) {
    const remote = await attempted(how, () => describeFile(how, hub, file));
    if (remote !== undefined) return remote;
  }
  const lacking = hub.file ?? `weights under a usual name (${USUAL_FILES.join(", ")})`;
  throw new HubError(
    `${hub.owner}/${hub.name} has no ${lacking}`,
    `look at its files and name one: hf:${hub.owner}/${hub.name}/FILE`,
  );
}

/** The file in the snapshot of its commit. */
async function obtain(hub: HubFile, remote: RemoteFile, how: Downloading): Promise<string> {
  const repository = repositoryFolder(how.cache, hub);
  const blobs = join(repository, "blobs");
  const pointer = snapshotFile(repository, remote.commit, remote.file);
  await mkdir(blobs, { recursive: true });
  await mkdir(dirname(pointer), { recursive: true });
  const tell = (state: DownloadProgress["state"], done: number) =>
    how.onProgress({ file: `${hub.owner}/${hub.name}/${remote.file}`, done, total: remote.size, state });
  const blob = join(blobs, remote.etag);
  for (;;) {
    const claim = await claimBlob(blobs, remote, () => tell("waiting", 0));
    if (claim.kind === "whole") break;
    try {
      await completed(claim.partial, { hub, remote, blob, how, tell });
      break;
    } catch (error) {
      // Taken over by another process, which found this one to stand still.
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  await sweepPartials(blobs, remote.etag);
  tell("whole", remote.size);
  await pointTo(pointer, blob);
  return pointer;
}

interface Work {
  readonly hub: HubFile;
  readonly remote: RemoteFile;
  readonly blob: string;
  readonly how: Downloading;
  readonly tell: (state: DownloadProgress["state"], done: number) => void;
}

async function completed(partial: Partial, work: Work): Promise<void> {
  const { remote, blob, hub } = work;
  let from = Math.min(partial.size, remote.size);
  try {
    // A second round where what was resumed turned out to be something else.
    for (let round = 0; round < 2; round++) {
      await filled(partial, from, work);
      if (await hasDigest(partial.path, remote)) {
        await rename(partial.path, blob);
        return;
      }
      if (from === 0) break;
      from = 0;
    }
    await discard(partial);
  } finally {
    await partial.release();
  }
  throw new HubError(
    `what came of ${hub.owner}/${hub.name}/${remote.file} has not the digest the hub gives; nothing of it was kept`,
    "try again; if it happens again, something between changes it",
  );
}

/** Gathers bytes until there are as many as there should be. */
async function filled(partial: Partial, start: number, work: Work): Promise<void> {
  const { hub, remote, how, tell } = work;
  let done = start;
  await truncate(partial.path, done);
  while (done < remote.size) {
    const before = done;
    await attempted(how, async () => {
      const content = await openContent(how, hub, remote, done);
      done = content.from;
      const file = await open(partial.path, "r+");
      try {
        for await (const more of content.chunks) {
          // What goes beyond the size that was told would not have its digest.
          const chunk = more.subarray(0, remote.size - done);
          for (let put = 0; put < chunk.length; ) {
            put += (await file.write(chunk, put, chunk.length - put, done + put)).bytesWritten;
          }
          done += chunk.length;
          tell("running", done);
        }
        await file.sync();
      } catch (error) {
        // What came is kept, and the next attempt is a first one again.
        if (!(error instanceof PassingError) || done <= before) throw error;
      } finally {
        await file.close();
      }
      if (done <= before && done < remote.size) throw new PassingError("the server sent nothing more");
    });
  }
}

/** Tries again what may pass, each time after a longer pause. @throws HubError */
async function attempted<T>({ pauseMs }: Downloading, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      if (attempt === ATTEMPTS) {
        throw new HubError(
          `the download failed: ${error.message}, ${ATTEMPTS} times in a row`,
          "run the same command again: it goes on where it stopped",
        );
      }
      await sleep(Math.min(error.waitMs ?? pauseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
    }
  }
}

/** A name no one else writes under; it becomes the file's own by renaming. */
function beside(path: string): string {
  return `${path}.${randomBytes(6).toString("hex")}`;
}

/** A link where the file system has them, else the file once more. */
async function pointTo(pointer: string, blob: string): Promise<void> {
  const own = beside(pointer);
  try {
    await symlink(relative(dirname(pointer), blob), own);
  } catch {
    await link(blob, own).catch(() => copyFile(blob, own));
  }
  await rename(own, pointer);
}

/** Branches and tags move; a commit is its own name. */
async function keepRevision({ revision, ...hub }: HubFile, commit: string, cache: string): Promise<void> {
  if (isCommit(revision)) return;
  const ref = join(repositoryFolder(cache, { revision, ...hub }), "refs", ...revision.split("/"));
  await mkdir(dirname(ref), { recursive: true });
  const own = beside(ref);
  await writeFile(own, commit);
  await rename(own, ref);
}
