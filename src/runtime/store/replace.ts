/** Small files that are replaced whole: a reader sees the old text or the new one. */

import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { insistSync } from "./held.js";

/** Beside the file first, under a name that no other process on any host draws. @throws the system's error */
export function replaceFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeFileSync(draft, content);
    insistSync(() => renameSync(draft, path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
