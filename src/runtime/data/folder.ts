/** A data set's folder, looked at but never left: names in tables and links may lead anywhere. */

import type { Dirent } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { extname, isAbsolute, join, relative, sep } from "node:path";
import { DataError, DataMissingError, type Problem } from "./types.js";

const MAX_DEPTH = 16;

type Kind = "file" | "folder" | "link" | "other";
type Trouble = Pick<Problem, "kind" | "reason" | "remedy">;
type Listing = ReadonlyMap<string, Kind> | Trouble;

const OUTSIDE: Trouble = {
  kind: "outside",
  reason: "leads out of the data set's folder",
  remedy: "keep the files in the folder and name them relative to it",
};
const MISSING: Trouble = { kind: "missing-file", reason: "is not there", remedy: "fetch it, or take its row out" };

/** Paths are relative to the root, with `/`. Each folder is listed once. */
export class DataFolder {
  readonly #listings = new Map<string, Promise<Listing>>();
  #real: Promise<string> | undefined;

  constructor(readonly root: string) {}

  /** @throws DataError where there is no such folder or it may not be read */
  async list(folder: string): Promise<readonly Dirent[]> {
    try {
      return await readdir(join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      throw listingError(folder, error);
    }
  }

  /** Names of the folders in one, hidden ones aside. */
  async folders(folder: string): Promise<readonly string[]> {
    const entries = await this.list(folder);
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  }

  /** Names of all that is in a folder; none where it is not there. */
  async names(folder: string): Promise<ReadonlySet<string>> {
    const listing = await this.#listing(folder, 0);
    return listing instanceof Map ? new Set(listing.keys()) : new Set();
  }

  /** Every file beneath a folder; links to folders are not followed. */
  async walk(folder: string, depth = 0): Promise<readonly string[]> {
    if (depth > MAX_DEPTH) throw new DataError(`${folder} lies ${depth} folders deep`, `${MAX_DEPTH} are read`);
    const found: string[] = [];
    for (const entry of await this.list(folder)) {
      if (entry.name.startsWith(".")) continue;
      const path = below(folder, entry.name);
      if (!entry.isDirectory()) found.push(path);
      else for (const file of await this.walk(path, depth + 1)) found.push(file);
    }
    return found;
  }

  /** What keeps a path from being a file within the folder; `undefined` where nothing does. */
  async trouble(path: string): Promise<Trouble | undefined> {
    if (!isWithin(path)) return OUTSIDE;
    const cut = path.lastIndexOf("/");
    const listing = await this.#listing(cut < 0 ? "" : path.slice(0, cut), 0);
    if (!(listing instanceof Map)) return listing as Trouble;
    const kind = listing.get(path.slice(cut + 1));
    if (kind === undefined) return sameButCase(listing.keys(), path.slice(cut + 1));
    if (kind === "file") return undefined;
    if (kind === "link") return this.#link(path);
    return { kind: "not-an-image", reason: "is not a file", remedy: "take it out of the folder" };
  }

  #listing(folder: string, depth: number): Promise<Listing> {
    let listing = this.#listings.get(folder);
    if (listing === undefined) {
      listing = this.#look(folder, depth);
      this.#listings.set(folder, listing);
    }
    return listing;
  }

  async #look(folder: string, depth: number): Promise<Listing> {
    if (depth > MAX_DEPTH) return MISSING;
    if (folder !== "") {
      const cut = folder.lastIndexOf("/");
      const parent = await this.#listing(cut < 0 ? "" : folder.slice(0, cut), depth + 1);
      if (!(parent instanceof Map)) return parent;
      const kind = parent.get(folder.slice(cut + 1));
      if (kind === undefined || kind === "file") return MISSING;
      const trouble = kind === "link" ? await this.#link(folder) : undefined;
      if (trouble !== undefined) return trouble;
    }
    try {
      const entries = await readdir(join(this.root, folder), { withFileTypes: true });
      return new Map(entries.map((entry) => [entry.name, kindOf(entry)]));
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" || code === "ENOTDIR") return MISSING;
      return { kind: "unreadable", reason: "lies in a folder that cannot be read", remedy: "check its permissions" };
    }
  }

  async #link(path: string): Promise<Trouble | undefined> {
    try {
      this.#real ??= realpath(this.root);
      const target = relative(await this.#real, await realpath(join(this.root, path)));
      return isWithin(target.split(sep).join("/")) ? undefined : OUTSIDE;
    } catch {
      return { kind: "unreadable", reason: "is a link that leads nowhere", remedy: "mend it or take it out" };
    }
  }
}

/** Whether a path stays below where it starts, by its letters. */
function isWithin(path: string): boolean {
  if (path === "" || path.includes("\0") || isAbsolute(path) || /^[A-Za-z]:/.test(path)) return false;
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "." && part !== "") depth += 1;
    if (depth < 0) return false;
  }
  return depth > 0;
}

/** As tables write paths: with `\` or `/`, with `./` or doubled slashes; `..` where it stays within. */
export function normalized(path: string): string {
  const plain = path.replaceAll("\\", "/");
  if (!/(^|\/)\.{0,2}(\/|$)/.test(plain)) return plain;
  if (!isWithin(plain)) return plain;
  const parts: string[] = [];
  for (const part of plain.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function sameButCase(names: Iterable<string>, name: string): Trouble {
  const wanted = name.toLowerCase();
  for (const candidate of names) {
    if (candidate.toLowerCase() !== wanted) continue;
    return { ...MISSING, remedy: `there is ${candidate}: letters count, large or small; rename it` };
  }
  return MISSING;
}

function kindOf(entry: Dirent): Kind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

function listingError(folder: string, error: unknown): DataError {
  const code = codeOf(error);
  if (code === "ENOENT") {
    if (folder === "") return new DataMissingError("the folder is not here", "say where it is with --data NAME=DIR");
    return new DataError(`there is no folder ${folder}`, "is the data set whole?");
  }
  if (code === "ENOTDIR") return new DataError("it is a file", "a data set is a folder");
  return new DataError(`${folder === "" ? "the folder" : folder} cannot be read`, "check its permissions");
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

export function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function extensionOf(path: string): string {
  return extname(path).toLowerCase();
}
