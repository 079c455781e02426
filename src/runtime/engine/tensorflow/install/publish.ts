/** Makes an installation appear as a whole, by a rename, and disappear the same way. */

import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../location.js";
import { type EngineManifest, MANIFEST_NAME } from "../manifest.js";

const STAGING = ".staging";

/** A private folder on the same file system. What earlier installations left behind goes; the caller holds the lock. */
export async function makeStaging(root: string): Promise<string> {
  await clearStaging(root);
  return freshFolder(root);
}

async function freshFolder(root: string): Promise<string> {
  const folder = join(root, STAGING, randomBytes(6).toString("hex"));
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The manifest is the last thing written; where the id is taken, the new one takes its place. */
export async function publish(
  root: string,
  staging: string,
  id: string,
  manifest: EngineManifest,
): Promise<Installation> {
  const draft = join(staging, `${MANIFEST_NAME}.tmp`);
  const handle = await open(draft, "w");
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, join(staging, MANIFEST_NAME));
  const folder = join(root, id);
  try {
    await rename(staging, folder);
  } catch (error) {
    if (!isTaken(error)) throw error;
    await remove(root, folder);
    await rename(staging, folder);
  }
  return { id, folder, manifest };
}

/** A process that uses it keeps its mapped files; for all others it is gone at once. */
export async function remove(root: string, folder: string): Promise<void> {
  const grave = await freshFolder(root);
  await rename(folder, join(grave, "old"));
  await rm(grave, { recursive: true, force: true });
}

/** Unfinished and removed installations; the caller holds the lock. */
export async function clearStaging(root: string): Promise<void> {
  await rm(join(root, STAGING), { recursive: true, force: true });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");
}
