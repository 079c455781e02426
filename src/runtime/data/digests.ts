/** Digests of files by content, with a memo for files that look unchanged. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Json } from "../../catalog/types.js";
import { replaceFile } from "../store/replace.js";
import { seal, unseal } from "../store/seal.js";
import type { FileDigests } from "./types.js";

/** Where a cache keeps the memo. */
export const MEMO = "digests.json";

interface Known {
  readonly size: number;
  readonly modified: number;
  readonly digest: string;
}

/** Changes younger than this may share a time stamp with what was read. */
const SETTLED_MS = 2000;

/** Remembers in memory, and between runs in a JSON file where one is given. A damaged memo is an empty one. */
export class MemoDigests implements FileDigests {
  readonly #known = new Map<string, Known>();
  readonly #found = new Map<string, Json>();
  #loaded: Promise<void> | undefined;
  #changed = false;

  constructor(readonly file?: string) {}

  async of(path: string): Promise<string> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const { size, mtimeMs } = await stat(path);
    const known = this.#known.get(path);
    if (known !== undefined && known.size === size && known.modified === mtimeMs) return known.digest;
    const digest = await digestFile(path);
    if (Date.now() - mtimeMs > SETTLED_MS) {
      this.#known.set(path, { size, modified: mtimeMs, digest });
      this.#changed = true;
    }
    return digest;
  }

  async remember(key: string, find: () => Promise<Json>): Promise<Json> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = await find();
    this.#found.set(key, found);
    this.#changed = true;
    return found;
  }

  /** Writes the memo where there is something new; failing to is no one's problem. */
  async save(): Promise<void> {
    if (this.file === undefined || !this.#changed) return;
    try {
      const findings = [...this.#found].map(([key, found]) => [key, { found }]);
      // A digest that was altered on the disk would make other data of the same files.
      replaceFile(this.file, seal(JSON.stringify({ files: [...this.#known, ...findings] })));
      this.#changed = false;
    } catch {
      // Next time the files are read again.
    }
  }

  async #load(): Promise<void> {
    if (this.file === undefined) return;
    try {
      const unsealed = unseal(await readFile(this.file, "utf8"));
      if (unsealed.status !== "whole") return;
      const { files }: { files: readonly unknown[] } = JSON.parse(unsealed.text);
      for (const entry of files) {
        if (Array.isArray(entry) && typeof entry[0] === "string" && isKnown(entry[1]))
          this.#known.set(entry[0], entry[1]);
        else if (Array.isArray(entry) && typeof entry[0] === "string" && isFinding(entry[1]))
          this.#found.set(entry[0], entry[1].found);
      }
    } catch {
      // No memo yet, or not ours.
    }
  }
}

function isKnown(value: unknown): value is Known {
  if (typeof value !== "object" || value === null) return false;
  const { size, modified, digest } = value as Partial<Known>;
  return typeof size === "number" && typeof modified === "number" && typeof digest === "string" && digest.length === 64;
}

function isFinding(value: unknown): value is { readonly found: Json } {
  return typeof value === "object" && value !== null && "found" in value;
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
