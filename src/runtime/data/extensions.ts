/** Files whose content is of another format than their names say. They are read by content. */

import { open } from "node:fs/promises";
import { join } from "node:path";
import { extensionOf } from "./folder.js";
import { formatByName, formatOf } from "./formats/sniff.js";
import { type DataSource, type Item, type Problem, placeOf } from "./types.js";

/** A preamble of 128 bytes, and what says that it was one. */
const HEAD_BYTES = 132;
const TOGETHER = 16;

/** In the order of the items. What cannot be read is for others to tell. */
export async function wrongExtensions({ root }: DataSource, items: readonly Item[]): Promise<readonly Problem[]> {
  const files = [...new Set(items.map((item) => placeOf(item).file))];
  const found: (Problem | undefined)[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < files.length; at = next++) found[at] = await wrongExtension(root, files[at] as string);
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return found.filter((problem) => problem !== undefined);
}

async function wrongExtension(root: string, file: string): Promise<Problem | undefined> {
  const format = formatOf(await headOf(join(root, file)));
  const named = formatByName(extensionOf(file));
  if (format === undefined || named === undefined || named === format) return undefined;
  const reason = `is a ${format.toUpperCase()} file by its content; it is read as that`;
  return { kind: "wrong-extension", path: file, reason, remedy: "rename it, so that nobody is misled" };
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return new Uint8Array(0);
  }
}
