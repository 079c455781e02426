/** A file system on which the k-th change goes wrong. */

import type { FileSystem } from "../../src/runtime/store/filesystem.js";
import { systemError } from "../support/memory-files.js";

export type Fault =
  /** That change fails, with this code. */
  | { readonly kind: "once"; readonly code: string }
  /** It and every one after it. */
  | { readonly kind: "from then on"; readonly code: string }
  /** A file that is being written is left half written, and the change fails with this code. */
  | { readonly kind: "half"; readonly code: string }
  /** The process is gone before it: nothing it does reaches the disk any more, and nothing comes back to it. */
  | { readonly kind: "killed before" }
  | { readonly kind: "killed after" }
  /** In the middle of writing a file. */
  | { readonly kind: "killed amid" };

export interface FaultyFiles extends FileSystem {
  /** Changes so far. */
  readonly count: () => number;
  /** Resolves when the process has been killed. */
  readonly death: Promise<void>;
}

type Change = "writeNew" | "overwrite" | "link" | "rename" | "remove" | "makeFolder" | "syncFolder";

/** @param at which change, from 1; none where it is never reached */
export function faultyFiles(files: FileSystem, at: number, fault: Fault): FaultyFiles {
  let changes = 0;
  let dead = false;
  let die: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    die = () => {
      dead = true;
      resolve();
    };
  });
  const never = <T>() => new Promise<T>(() => undefined);

  async function change(
    what: Change,
    path: string,
    work: () => Promise<void>,
    half: () => Promise<void>,
  ): Promise<void> {
    if (dead) return never();
    changes += 1;
    const now = changes === at;
    switch (fault.kind) {
      case "once":
        if (now) throw systemError(fault.code, path);
        return work();
      case "from then on":
        // What frees space still works on a full disk.
        if (changes >= at && what !== "remove") throw systemError(fault.code, path);
        return work();
      case "half":
        if (!now) return work();
        await half();
        throw systemError(fault.code, path);
      case "killed before":
      case "killed after":
      case "killed amid":
        if (!now) return work();
        if (fault.kind === "killed after") await work();
        if (fault.kind === "killed amid") await half();
        die();
        return never();
      default:
        return fault satisfies never;
    }
  }
  const nothing = async () => undefined;
  const read =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      dead ? never<R>() : work(...args);

  return {
    readFile: read(files.readFile),
    list: read(files.list),
    status: read(files.status),
    writeNew: (path, data) =>
      change(
        "writeNew",
        path,
        () => files.writeNew(path, data),
        () => files.writeNew(path, data.subarray(0, data.length >> 1)),
      ),
    overwrite: (path, data) =>
      change(
        "overwrite",
        path,
        () => files.overwrite(path, data),
        () => files.overwrite(path, data.subarray(0, data.length >> 1)),
      ),
    link: (from, to) => change("link", to, () => files.link(from, to), nothing),
    rename: (from, to) => change("rename", to, () => files.rename(from, to), nothing),
    remove: (path) => change("remove", path, () => files.remove(path), nothing),
    makeFolder: (path) => change("makeFolder", path, () => files.makeFolder(path), nothing),
    syncFolder: (path) => change("syncFolder", path, () => files.syncFolder(path), nothing),
    count: () => changes,
    death,
  };
}
