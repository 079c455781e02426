/**
 * The store on a disk: a cache folder that is written to, and others below it that are only read. Safe for any number of
 * processes on any hosts at once: files appear whole and are never changed, so two writers of one thing leave one of two
 * equal files.
 */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeKey } from "../../compiler/plan/types.js";
import { DamagedBlobError, explainSystemError } from "./errors.js";
import { clockOf, codeOf, type FileSystem, isAbsent, nodeFileSystem, publishFile } from "./filesystem.js";
import { markFormat, readFormat } from "./format.js";
import { type Damage, Layer, sha256 } from "./layer.js";
import { parseManifest, printManifest } from "./manifest.js";
import { setAside } from "./quarantine.js";
import type { BlobRef, Manifest, Store } from "./types.js";

export { sha256 } from "./layer.js";

export interface DiskStore extends Store {
  readonly folder: string;
  /** Takes a manifest out of use (into quarantine), so that its node is computed again. */
  retract(key: NodeKey): Promise<void>;
  /** Whether a blob can be had, whole; damage is quarantined. */
  isWhole(ref: BlobRef): Promise<boolean>;
  /** Removes what killed writers left behind, older than a day. */
  sweep(): Promise<void>;
}

const DAY_MS = 86_400_000;
const LOOKUPS_AT_ONCE = 32;
/** What is gone may be a file someone is just putting back. */
const LOOK_AGAIN_MS = 50;

/** @param layers folders of caches that are looked into where this one has nothing, the nearest first; only read */
export function openStore(
  folder: string,
  files: FileSystem = nodeFileSystem,
  layers: readonly string[] = [],
): DiskStore {
  const below = layers.map((layer) => new Layer(layer, files));
  return new StoreOnDisk(new Layer(folder, files), below);
}

class StoreOnDisk implements DiskStore {
  readonly folder: string;
  private readonly files: FileSystem;
  /** Retracted manifests of layers below, which stay there. */
  private readonly withdrawn = new Set<NodeKey>();
  private layers: Promise<readonly Layer[]> | undefined;
  private readable: Promise<unknown> | undefined;
  private writable: Promise<unknown> | undefined;

  constructor(
    private readonly top: Layer,
    private readonly below: readonly Layer[],
  ) {
    this.folder = top.folder;
    this.files = top.files;
  }

  async put(data: Uint8Array): Promise<BlobRef> {
    const ref: BlobRef = { digest: sha256(data), bytes: data.byteLength };
    const path = this.top.blobPath(ref.digest);
    return this.writing(async () => {
      await publishFile(this.files, this.place(path), data, async (draft) => {
        await this.replace(draft, path, ref);
        return "published";
      });
      return ref;
    });
  }

  async get(ref: BlobRef): Promise<Uint8Array> {
    return this.reading(async () => {
      let found = await this.find(ref);
      if (found === "missing") {
        await sleep(LOOK_AGAIN_MS);
        await this.top.refresh(this.top.blobPath(ref.digest));
        found = await this.find(ref);
      }
      if (typeof found === "string") throw new DamagedBlobError(ref, found);
      return found;
    });
  }

  async pathOf(ref: BlobRef): Promise<string> {
    return this.reading(async () => {
      for (const layer of [this.top, ...(await this.usable())]) {
        if (await layer.holds(ref)) return layer.blobPath(ref.digest);
      }
      throw new DamagedBlobError(ref, "missing");
    });
  }

  async isWhole(ref: BlobRef): Promise<boolean> {
    try {
      await this.get(ref);
      return true;
    } catch (error) {
      if (error instanceof DamagedBlobError) return false;
      throw error;
    }
  }

  async lookup(key: NodeKey): Promise<Manifest | undefined> {
    return this.reading(async () => {
      const own = await this.ownManifest(key);
      if (own !== undefined || this.withdrawn.has(key)) return own;
      for (const layer of await this.usable()) {
        const manifest = await unlessBroken(layer.action(key), undefined);
        if (typeof manifest === "object" && (await this.hasOutputs(manifest))) return manifest;
      }
      return undefined;
    });
  }

  async lookupAll(keys: readonly NodeKey[]): Promise<ReadonlyMap<NodeKey, Manifest>> {
    return this.reading(async () => {
      const found = wholeAtOnce(this.top, keys);
      const open = keys.filter((key) => !found.has(key)).reverse();
      const look = async (): Promise<void> => {
        for (let key = open.pop(); key !== undefined; key = open.pop()) {
          const manifest = await this.lookup(key);
          if (manifest !== undefined) found.set(key, manifest);
        }
      };
      await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, look));
      return found;
    });
  }

  async publish(manifest: Manifest): Promise<Manifest> {
    const path = this.top.actionPath(manifest.key);
    return this.writing(async () => {
      const data = new TextEncoder().encode(printManifest(manifest));
      let first: Manifest | undefined;
      const published = await publishFile(this.files, this.place(path), data, async (draft) => {
        first = await this.ownManifest(manifest.key);
        if (first !== undefined) return "exists";
        // One that cannot be used was in the way, and may be still.
        await this.files.rename(draft, path);
        return "published";
      });
      return published === "published" || first === undefined ? manifest : first;
    });
  }

  async retract(key: NodeKey): Promise<void> {
    this.withdrawn.add(key);
    await this.reading(() => this.setAside(this.top.actionPath(key)));
  }

  async sweep(): Promise<void> {
    const folder = join(this.folder, "tmp");
    try {
      const now = await clockOf(this.files, folder);
      for (const name of await this.files.list(folder)) {
        const path = join(folder, name);
        const { modifiedMs } = await this.files.status(path);
        if (now - modifiedMs > DAY_MS) await this.files.remove(path);
      }
    } catch {
      // Another process sweeps too, or the cache is read-only: leftovers hurt no one.
    }
  }

  /** Layers below whose format this version knows. */
  private usable(): Promise<readonly Layer[]> {
    this.layers ??= Promise.all(
      this.below.map(async (layer) => {
        const known = await readFormat(layer.folder, layer.files).then(
          () => true,
          () => false,
        );
        return known ? [layer] : [];
      }),
    ).then((found) => found.flat());
    return this.layers;
  }

  /** In the first layer that has it whole; damage in the top one is quarantined. */
  private async find(ref: BlobRef): Promise<Uint8Array | Damage> {
    const own = await this.top.blob(ref);
    if (typeof own !== "string") return own;
    if (own !== "missing") await this.quarantineBlob(ref);
    let worst: Damage = own;
    for (const layer of await this.usable()) {
      const found = await unlessBroken(layer.blob(ref), "missing");
      if (typeof found !== "string") return found;
      if (worst === "missing") worst = found;
    }
    return worst;
  }

  /** The top layer's; one that cannot be used is quarantined. */
  private async ownManifest(key: NodeKey): Promise<Manifest | undefined> {
    const manifest = await this.top.action(key);
    if (manifest === undefined) return undefined;
    if (manifest !== "unusable" && (await this.hasOutputs(manifest))) return manifest;
    await this.quarantineManifest(key);
    return undefined;
  }

  private async hasOutputs(manifest: Manifest): Promise<boolean> {
    for (const ref of Object.values(manifest.outputs)) {
      if (await this.holds(ref)) continue;
      await this.top.refresh(this.top.blobPath(ref.digest));
      if (!(await this.holds(ref))) return false;
    }
    return true;
  }

  private async holds(ref: BlobRef): Promise<boolean> {
    if (await this.top.holds(ref)) return true;
    for (const layer of await this.usable()) if (await unlessBroken(layer.holds(ref), false)) return true;
    return false;
  }

  /** Puts a whole, new file where an equal one lies, or a damaged one: it is younger than any garbage then. */
  private async replace(draft: string, path: string, ref: BlobRef): Promise<void> {
    try {
      if ((await this.files.status(path)).kind === "folder") await this.setAside(path);
      await this.files.rename(draft, path);
    } catch (error) {
      // Whoever reads it just now may hold on to it on some systems; then it has to be whole as it is.
      if (typeof (await this.top.blob(ref)) === "string") throw error;
    }
  }

  private async quarantineBlob(ref: BlobRef): Promise<void> {
    const path = this.top.blobPath(ref.digest);
    await this.setAside(path, async (moved) => sha256(await this.files.readFile(moved)) === ref.digest);
  }

  private async quarantineManifest(key: NodeKey): Promise<void> {
    await this.setAside(this.top.actionPath(key), async (moved) => {
      const manifest = parseManifest(new TextDecoder().decode(await this.files.readFile(moved)));
      return manifest?.key === key && (await this.hasOutputs(manifest));
    });
  }

  private async setAside(path: string, isGood?: (moved: string) => Promise<boolean>): Promise<void> {
    await setAside(this.files, this.folder, path, isGood);
  }

  private async reading<T>(work: () => Promise<T>): Promise<T> {
    return this.explained(async () => {
      this.readable ??= readFormat(this.folder, this.files);
      try {
        await this.readable;
      } catch (error) {
        this.readable = undefined;
        throw error;
      }
      return work();
    });
  }

  private async writing<T>(work: () => Promise<T>): Promise<T> {
    return this.reading(async () => {
      this.writable ??= markFormat(this.folder, this.files);
      try {
        await this.writable;
      } catch (error) {
        // The next write tries again: a full disk may have room by then.
        this.writable = undefined;
        throw error;
      }
      return work();
    });
  }

  private async explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainSystemError(error, this.folder);
    }
  }

  private place(path: string) {
    return { path, temporary: join(this.folder, "tmp") };
  }
}

/** A layer that is not there or cannot be read has nothing to give; it is no reason to stop. */
async function unlessBroken<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error) || ["EACCES", "EPERM", "EIO", "ESTALE", "EISDIR"].includes(codeOf(error))) return otherwise;
    throw error;
  }
}

/** After how many look-ups it is asked how long they took, and what is too long: a file server answers many at once. */
const ROUND = 64;
const FAR_MS = 100;
/** In a row, for a busy machine is slow now and then. */
const FAR_ROUNDS = 3;

/** Those found whole, one after the other; none of a disk that is far, and whatever is wrong is for a closer look. */
function wholeAtOnce(layer: Layer, keys: readonly NodeKey[]): Map<NodeKey, Manifest> {
  const found = new Map<NodeKey, Manifest>();
  for (let from = 0, slow = 0; from < keys.length && slow < FAR_ROUNDS; from += ROUND) {
    const start = performance.now();
    for (const key of keys.slice(from, from + ROUND)) {
      const manifest = layer.wholeAtOnce(key);
      if (manifest !== undefined) found.set(key, manifest);
    }
    slow = performance.now() - start > FAR_MS ? slow + 1 : 0;
  }
  return found;
}
