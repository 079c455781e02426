/** A file system in memory with inodes and hard links, as the store sees one: for thousands of runs a second. */

import { dirname } from "node:path";
import type { FileSystem } from "../../src/runtime/store/filesystem.js";

interface Inode {
  data: Uint8Array;
  modifiedMs: number;
}

export interface MemoryFiles extends FileSystem {
  readonly paths: () => readonly string[];
  readonly text: (path: string) => string | undefined;
  /** Puts or changes a file behind the store's back. */
  readonly poke: (path: string, data: Uint8Array | string, modifiedMs?: number) => void;
  readonly drop: (path: string) => void;
  /** The power fails: of names that no flush of their folder has made safe, only those `keep` picks are as they were. */
  readonly losePower: (keep: () => boolean) => void;
}

export function systemError(code: string, path = ""): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

/** @param now what its clock stamps files with */
export function memoryFiles(now: () => number = () => 0): MemoryFiles {
  const names = new Map<string, Inode>();
  /** What a name stood for before, for each change since its folder was last flushed. */
  const unsafe: { readonly path: string; readonly before: Inode | undefined }[] = [];
  const put = (path: string, inode: Inode | undefined) => {
    unsafe.push({ path, before: names.get(path) });
    if (inode === undefined) names.delete(path);
    else names.set(path, inode);
  };
  const folders = new Set<string>(["/"]);
  const at = (path: string): Inode => {
    const inode = names.get(path);
    if (inode === undefined) throw systemError(folders.has(path) ? "EISDIR" : "ENOENT", path);
    return inode;
  };
  const free = (path: string) => {
    if (names.has(path) || folders.has(path)) throw systemError("EEXIST", path);
    if (!folders.has(dirname(path))) throw systemError("ENOENT", path);
  };
  const makeFolder = (path: string) => {
    for (let one = path; !folders.has(one); one = dirname(one)) folders.add(one);
  };
  return {
    readFile: async (path) => at(path).data.slice(),
    writeNew: async (path, data) => {
      free(path);
      put(path, { data: data.slice(), modifiedMs: now() });
    },
    overwrite: async (path, data) => {
      const inode = at(path);
      const whole = new Uint8Array(Math.max(inode.data.length, data.length));
      whole.set(inode.data);
      whole.set(data);
      inode.data = whole;
      inode.modifiedMs = now();
    },
    link: async (from, to) => {
      const inode = at(from);
      free(to);
      put(to, inode);
    },
    rename: async (from, to) => {
      const inode = at(from);
      if (!folders.has(dirname(to))) throw systemError("ENOENT", to);
      // As POSIX has it: two names of one file both stay.
      if (names.get(to) === inode) return;
      put(from, undefined);
      put(to, inode);
    },
    remove: async (path) => {
      if (names.has(path)) put(path, undefined);
    },
    makeFolder: async (path) => makeFolder(path),
    syncFolder: async (path) => {
      const kept = unsafe.filter((change) => dirname(change.path) !== path);
      unsafe.splice(0, unsafe.length, ...kept);
    },
    list: async (path) => {
      if (!folders.has(path)) throw systemError("ENOENT", path);
      const all = [...names.keys(), ...folders].filter((one) => one !== path && dirname(one) === path);
      return all.map((one) => one.slice(path.length + 1));
    },
    status: async (path) => {
      if (folders.has(path)) return { bytes: 0, modifiedMs: 0, kind: "folder" };
      const { data, modifiedMs } = at(path);
      return { bytes: data.length, modifiedMs, kind: "file" };
    },
    paths: () => [...names.keys()].sort(),
    text: (path) => {
      const inode = names.get(path);
      return inode && new TextDecoder().decode(inode.data);
    },
    poke: (path, data, modifiedMs = now()) => {
      makeFolder(dirname(path));
      names.set(path, { data: typeof data === "string" ? new TextEncoder().encode(data) : data, modifiedMs });
    },
    drop: (path) => {
      names.delete(path);
    },
    losePower: (keep) => {
      for (const { path, before } of unsafe.splice(0).reverse()) {
        if (keep()) continue;
        if (before === undefined) names.delete(path);
        else names.set(path, before);
      }
    },
  };
}
