/** Room and permission, asked for before gigabytes are moved. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { UsageError } from "../../../host/errors.js";
import { bytes } from "../../../ui/format.js";
import type { FileDigest } from "../manifest.js";

const ELSEWHERE = "set XFERC_ENGINES to a folder elsewhere, for every xferc command";

/** @throws UsageError where the folder cannot be made or has too little room. */
export async function makeRoom(folder: string, needed: number): Promise<void> {
  await explained(folder, () => mkdir(folder, { recursive: true }));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw new UsageError(
      `${folder} has ${bytes(bavail * bsize)} free, and about ${bytes(needed)} are needed while installing`,
      `make room, or ${ELSEWHERE}`,
    );
  }
}

/** Runs something that writes below a folder; what the disk complains of becomes a sentence with a remedy. */
export async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") {
      const what = code === "ENOSPC" ? "the disk is full" : "your quota is used up";
      throw new UsageError(`${folder}: ${what}`, `make room and run the same command again, or ${ELSEWHERE}`);
    }
    if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "ENOTDIR") {
      const what = code === "EROFS" ? "the file system is read-only" : "nothing can be written here";
      throw new UsageError(`${folder}: ${what}`, ELSEWHERE);
    }
    throw error;
  }
}

/** Size and SHA-256 of a file, read once. */
export async function digestOf(
  path: string,
  signal?: AbortSignal,
  onBytes?: (done: number) => void,
): Promise<FileDigest> {
  const hash = createHash("sha256");
  let count = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
    hash.update(chunk);
    count += chunk.length;
    onBytes?.(count);
  }
  return { bytes: count, sha256: hash.digest("hex") };
}
