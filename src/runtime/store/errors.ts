/** What can be wrong with the cache, in sentences a user can act on. */

import { isBelow } from "../host/data-roots.js";
import { codeOf } from "./filesystem.js";
import type { BlobRef } from "./types.js";

/** The disk or its permissions are in the way; no retry helps until the user has done something. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly problem: "full" | "denied" | "read-only" | "broken",
    message: string,
  ) {
    super(message);
  }
}

/** A blob is torn, altered or gone. It has been moved aside; whoever made it has to make it again. */
export class DamagedBlobError extends Error {
  override readonly name = "DamagedBlobError";
  constructor(
    readonly ref: BlobRef,
    readonly damage: "missing" | "torn" | "altered",
  ) {
    super(
      `a cached file is ${damage} (sha-256 ${ref.digest.slice(0, 12)}…, ${ref.bytes} bytes); it has to be computed again`,
    );
  }
}

const RESUME = "Everything finished so far is kept; the same command resumes.";

/** Turns a system error met below `folder` into one clear sentence; passes other errors through. */
export function explainSystemError(error: unknown, folder: string): unknown {
  if (error instanceof StoreError || error instanceof DamagedBlobError) return error;
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new StoreError(
        "full",
        `The disk is full: nothing more can be written to ${folder}. ${RESUME} Free some space there, or choose another place with --cache DIR.`,
      );
    case "EROFS":
      return new StoreError(
        "read-only",
        `The cache ${folder} lies on a read-only file system. ${RESUME} Choose a writable place with --cache DIR or XFERC_CACHE.`,
      );
    case "EACCES":
    case "EPERM":
      return new StoreError(
        "denied",
        `No permission to use the cache ${folder}. ${RESUME} Change its permissions, or choose another place with --cache DIR.`,
      );
    case "ENOTDIR":
    case "EEXIST":
      return new StoreError(
        "broken",
        `The cache ${folder} is not a folder. Remove what is there, or choose another place with --cache DIR.`,
      );
    case "EISDIR":
    case "ENOENT":
      // Only where it is about the folder's own files; data elsewhere has sentences of its own.
      if (!isAbout(error, folder)) return error;
      return new StoreError(
        "broken",
        `Something else changes the cache ${folder} while it is in use: a file or folder in it is gone. ${RESUME} Let it alone while studies run.`,
      );
    case "EMFILE":
    case "ENFILE":
      return new StoreError(
        "broken",
        `The system allows no more open files, so ${folder} cannot be used. ${RESUME} Raise the limit (ulimit -n) or take fewer --jobs.`,
      );
    case "EIO":
    case "ESTALE":
    case "ETIMEDOUT":
      return new StoreError(
        "broken",
        `The disk that holds ${folder} reports input/output errors. ${RESUME} Check the disk, or choose another place with --cache DIR.`,
      );
    default:
      return error;
  }
}

function isAbout(error: unknown, folder: string): boolean {
  return error instanceof Error && "path" in error && typeof error.path === "string" && isBelow(error.path, folder);
}
