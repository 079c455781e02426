/**
 * Which store format a cache has: `format.json` in its folder. Format 1 had no such file and bare manifests; it is read as
 * it is, and what is written to it is of this format. A cache of a later format is left alone.
 */

import { join } from "node:path";
import { StoreError } from "./errors.js";
import { codeOf, type FileSystem, isAbsent, publishFile } from "./filesystem.js";
import { setAside } from "./quarantine.js";
import { seal, unseal } from "./seal.js";

const STORE_FORMAT = 2;

const NAME = "format.json";

/** 1 where the folder has no such file, whether it is old or empty. @throws StoreError where it is later than ours */
export async function readFormat(folder: string, files: FileSystem): Promise<number> {
  const format = await formatIn(join(folder, NAME), files);
  if (format === undefined || format <= STORE_FORMAT) return format ?? 1;
  throw new StoreError(
    "broken",
    `The cache ${folder} was written by a newer xferc (its format is ${format}, this one knows up to ${STORE_FORMAT}). Update xferc, or choose another place with --cache DIR.`,
  );
}

/** Says in the folder that its format is ours, where nothing says so yet. */
export async function markFormat(folder: string, files: FileSystem): Promise<void> {
  const path = join(folder, NAME);
  const format = await formatIn(path, files);
  if (format !== undefined) return;
  // Sealed: a flipped bit must not make a later format of this one.
  const data = new TextEncoder().encode(seal(JSON.stringify({ store: "xferc", format: STORE_FORMAT })));
  await publishFile(files, { path, temporary: join(folder, "tmp") }, data, async (draft) => {
    // Something unreadable had the name.
    if ((await formatIn(path, files)) !== undefined) return "exists";
    await setAside(files, folder, path);
    await files.rename(draft, path);
    return "published";
  });
}

async function formatIn(path: string, files: FileSystem): Promise<number | undefined> {
  let text: string;
  try {
    text = new TextDecoder().decode(await files.readFile(path));
  } catch (error) {
    if (isAbsent(error) || codeOf(error) === "EISDIR") return undefined;
    throw error;
  }
  const unsealed = unseal(text);
  if (unsealed.status !== "whole") return undefined;
  const { format }: { format?: unknown } = JSON.parse(unsealed.text);
  return typeof format === "number" ? format : undefined;
}
