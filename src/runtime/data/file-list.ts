/** Which files a fingerprint was made of: an adapter asks for each one's digest, and whoever listens learns them all. */

import { relative, sep } from "node:path";
import type { FileChanges } from "../../compiler/plan/reason.js";
import type { FileDigests } from "./types.js";

/** Path relative to the data set's folder → SHA-256. */
export type FileList = ReadonlyMap<string, string>;

export interface ListingDigests extends FileDigests {
  readonly files: FileList;
}

/** Passes digests on and keeps them under their files' names. */
export function listingDigests(digests: FileDigests, root: string): ListingDigests {
  const files = new Map<string, string>();
  return {
    files,
    async of(path) {
      const digest = await digests.of(path);
      files.set(relative(root, path).split(sep).join("/"), digest);
      return digest;
    },
    remember: (key, find) => digests.remember(key, find),
  };
}

/** As `dataset.index` leaves it. */
export function fileListJson(files: FileList): readonly (readonly [path: string, digest: string])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Undefined where it is no such list. */
export function readFileList(text: string): FileList | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const files = new Map<string, string>();
  for (const entry of parsed as readonly unknown[]) {
    if (!Array.isArray(entry) || typeof entry[0] !== "string" || typeof entry[1] !== "string") return undefined;
    files.set(entry[0], entry[1]);
  }
  return files;
}

const NAMES_SHOWN = 3;

/** A renamed file is one removed and one added. */
export function fileChanges(before: FileList, after: FileList): FileChanges {
  const added = [...after.keys()].filter((path) => !before.has(path));
  const removed = [...before.keys()].filter((path) => !after.has(path));
  const changed = [...after].flatMap(([path, digest]) => {
    const was = before.get(path);
    return was === undefined || was === digest ? [] : [path];
  });
  // They come in the order their digests were found.
  const names = [changed, added, removed].flatMap((paths) => paths.sort()).slice(0, NAMES_SHOWN);
  return { added: added.length, removed: removed.length, changed: changed.length, names };
}
