/**
 * The store on a disk: `blobs/ab/cdef…`, `actions/ab/cdef….json`, `quarantine/`, `tmp/`. Safe for any number of processes
 * at once: files appear whole and are never changed, so two writers of one thing leave one of two equal files.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { NodeKey } from "../../compiler/plan/types.js";
import { DamagedBlobError, explainSystemError } from "./errors.js";
import { codeOf, type FileSystem, nodeFileSystem, publishFile } from "./filesystem.js";
import { parseManifest, printManifest } from "./manifest.js";
import type { BlobRef, Manifest, Store } from "./types.js";

export interface DiskStore extends Store {
  readonly folder: string;
  /** Takes a manifest out of use (into quarantine), so that its node is computed again. */
  retract(key: NodeKey): Promise<void>;
  /** Removes what killed writers left behind, older than a day. */
  sweep(): Promise<void>;
}

const HEX64 = /^[0-9a-f]{64}$/;
const DAY_MS = 86_400_000;

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

export function openStore(folder: string, files: FileSystem = nodeFileSystem): DiskStore {
  return new StoreOnDisk(folder, files);
}

class StoreOnDisk implements DiskStore {
  constructor(
    readonly folder: string,
    private readonly files: FileSystem,
  ) {}

  async put(data: Uint8Array): Promise<BlobRef> {
    const ref: BlobRef = { digest: sha256(data), bytes: data.byteLength };
    return this.explained(async () => {
      // A second round when an older, damaged copy was in the way.
      for (let round = 0; round < 2; round++) {
        const published = await publishFile(this.files, this.place(this.blobPath(ref.digest)), data);
        if (published === "published" || (await this.isWhole(ref))) return ref;
      }
      return ref;
    });
  }

  async get(ref: BlobRef): Promise<Uint8Array> {
    const path = this.blobPath(ref.digest);
    return this.explained(async () => {
      let data: Uint8Array;
      try {
        data = await this.files.readFile(path);
      } catch (error) {
        if (codeOf(error) === "ENOENT") throw new DamagedBlobError(ref, "missing");
        throw error;
      }
      if (data.byteLength === ref.bytes && sha256(data) === ref.digest) return data;
      await this.quarantine(path);
      throw new DamagedBlobError(ref, data.byteLength === ref.bytes ? "altered" : "torn");
    });
  }

  async lookup(key: NodeKey): Promise<Manifest | undefined> {
    const path = this.actionPath(key);
    return this.explained(async () => {
      const manifest = await this.readAction(path);
      if (manifest === undefined) return undefined;
      if (manifest === "unusable" || manifest.key !== key || !(await this.hasOutputs(manifest))) {
        await this.quarantine(path);
        return undefined;
      }
      return manifest;
    });
  }

  async publish(manifest: Manifest): Promise<Manifest> {
    const path = this.actionPath(manifest.key);
    return this.explained(async () => {
      const data = new TextEncoder().encode(printManifest(manifest));
      for (let round = 0; round < 2; round++) {
        const published = await publishFile(this.files, this.place(path), data);
        if (published === "published") return manifest;
        const first = await this.lookup(manifest.key);
        if (first !== undefined) return first;
      }
      return manifest;
    });
  }

  async retract(key: NodeKey): Promise<void> {
    await this.explained(() => this.quarantine(this.actionPath(key)));
  }

  async sweep(): Promise<void> {
    const folder = join(this.folder, "tmp");
    const names = await this.files.list(folder).catch((): readonly string[] => []);
    for (const name of names) {
      const path = join(folder, name);
      try {
        const { modifiedMs } = await this.files.size(path);
        if (Date.now() - modifiedMs > DAY_MS) await this.files.remove(path);
      } catch {
        // Another process sweeps too, or the cache is read-only: leftovers hurt no one.
      }
    }
  }

  private async readAction(path: string): Promise<Manifest | "unusable" | undefined> {
    try {
      return parseManifest(new TextDecoder().decode(await this.files.readFile(path))) ?? "unusable";
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }

  private async hasOutputs(manifest: Manifest): Promise<boolean> {
    for (const ref of Object.values(manifest.outputs)) {
      try {
        if ((await this.files.size(this.blobPath(ref.digest))).bytes !== ref.bytes) return false;
      } catch (error) {
        if (codeOf(error) === "ENOENT") return false;
        throw error;
      }
    }
    return true;
  }

  private async isWhole(ref: BlobRef): Promise<boolean> {
    try {
      await this.get(ref);
      return true;
    } catch (error) {
      if (error instanceof DamagedBlobError) return false;
      throw error;
    }
  }

  /** Moves a file aside under a name of its own; losing the race to another process is as good. */
  private async quarantine(path: string): Promise<void> {
    const folder = join(this.folder, "quarantine");
    const name = path.slice(this.folder.length + 1).replaceAll(/[\\/]/g, "-");
    try {
      await this.files.makeFolder(folder);
      await this.files.rename(path, join(folder, `${name}.${Date.now()}.${process.pid}`));
    } catch (error) {
      // A read-only cache keeps its damage; the reader still knows not to use it.
      if (!["ENOENT", "EACCES", "EPERM", "EROFS"].includes(codeOf(error))) throw error;
    }
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

  private blobPath(digest: string): string {
    return this.sharded("blobs", digest, "");
  }

  private actionPath(key: string): string {
    return this.sharded("actions", key, ".json");
  }

  private sharded(kind: string, digest: string, extension: string): string {
    if (!HEX64.test(digest)) throw new RangeError(`not a SHA-256 digest: ${digest.slice(0, 80)}`);
    return join(this.folder, kind, digest.slice(0, 2), `${digest.slice(2)}${extension}`);
  }
}
