/**
 * Unfinished work of a node, so that a kill costs little: `partial/KEY.AT.DIGEST.json`, a snapshot of how far it is, and
 * `partial/KEY.DIGEST.safetensors`, files that snapshots name. Every name holds the digest of its content, so that what a crash,
 * a bad disk or another hand has changed is known when it is read; a snapshot counts only once all its files are there.
 */

import { join } from "node:path";
import type { Json } from "../../catalog/types.js";
import type { NodeKey } from "../../compiler/plan/types.js";
import { sha256 } from "./disk.js";
import { DamagedBlobError, explainSystemError } from "./errors.js";
import { codeOf, type FileSystem, namesIn, nodeFileSystem, publishFile } from "./filesystem.js";
import type { BlobRef, BlobStore } from "./types.js";

/** One node's. Numbers called `at` say how far a snapshot is, and the higher one is the newer one. */
export interface PartialWork extends BlobStore {
  /** Newest first. */
  snapshots(): Promise<readonly Snapshot[]>;
  /** The body of a snapshot. @throws DamagedBlobError where it is not what was written. */
  read(snapshot: Snapshot): Promise<Json>;
  /** Makes a snapshot of files that were put before; it and the one before it stay, all else of this node goes. */
  commit(at: number, body: Json, files: readonly BlobRef[]): Promise<void>;
  /** Takes a snapshot out of use. Its files stay until the next commit. */
  drop(snapshot: Snapshot): Promise<void>;
  /** Of nothing more use: the node is finished. */
  clear(): Promise<void>;
  /** Where a file lies below the cache. */
  place(ref: BlobRef): string;
}

export interface Snapshot {
  readonly at: number;
  /** Of its body. */
  readonly digest: string;
}

const FOLDER = "partial";
/** The one in use and the one before it, for when it is damaged. */
const KEPT = 2;
const NAME = /^([0-9a-f]{64})\.(?:(\d+)\.([0-9a-f]{64})\.json|([0-9a-f]{64})\.safetensors)$/;

export function openPartial(cache: string, key: NodeKey, files: FileSystem = nodeFileSystem): PartialWork {
  return new PartialOnDisk(cache, key, files);
}

/** Removes the unfinished work of nodes that are finished: what a kill between the two left behind. */
export async function sweepPartial(
  cache: string,
  isFinished: (key: NodeKey) => boolean,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  const names = await namesIn(join(cache, FOLDER), files);
  const keys = new Set(names.flatMap((name) => NAME.exec(name)?.[1] ?? []));
  for (const key of keys) {
    if (!isFinished(key as NodeKey)) continue;
    // A read-only cache keeps it; it hurts no one.
    await openPartial(cache, key as NodeKey, files)
      .clear()
      .catch(() => undefined);
  }
}

interface Committed extends Snapshot {
  /** Names of its files. */
  readonly files: readonly string[];
}

class PartialOnDisk implements PartialWork {
  readonly #folder: string;
  /** Of this process and of the snapshot it went on from, newest first. */
  #known: readonly Committed[] = [];

  constructor(
    readonly cache: string,
    readonly key: NodeKey,
    readonly files: FileSystem,
  ) {
    this.#folder = join(cache, FOLDER);
  }

  async snapshots(): Promise<readonly Snapshot[]> {
    return this.#explained(async () => {
      const found: Snapshot[] = [];
      for (const name of await this.#names()) {
        const [, , at, digest] = NAME.exec(name) ?? [];
        if (at !== undefined && digest !== undefined) found.push({ at: Number(at), digest });
      }
      return found.sort((a, b) => b.at - a.at || (a.digest < b.digest ? -1 : 1));
    });
  }

  async read(snapshot: Snapshot): Promise<Json> {
    const text = new TextDecoder().decode(await this.#verified(this.#bodyName(snapshot), snapshot.digest));
    const { body, files } = JSON.parse(text) as { body: Json; files: readonly string[] };
    this.#known = [...this.#known, { ...snapshot, files }].slice(0, KEPT);
    return body;
  }

  async put(data: Uint8Array): Promise<BlobRef> {
    const ref = { digest: sha256(data), bytes: data.byteLength };
    await this.#publish(this.#fileName(ref.digest), data, ref.digest);
    return ref;
  }

  get(ref: BlobRef): Promise<Uint8Array> {
    return this.#verified(this.#fileName(ref.digest), ref.digest, ref);
  }

  async commit(at: number, body: Json, refs: readonly BlobRef[]): Promise<void> {
    const files = refs.map(({ digest }) => this.#fileName(digest));
    const data = new TextEncoder().encode(JSON.stringify({ body, files }));
    const snapshot: Committed = { at, digest: sha256(data), files };
    await this.#publish(this.#bodyName(snapshot), data, snapshot.digest);
    const before = this.#known.filter(({ digest }) => digest !== snapshot.digest);
    this.#known = [snapshot, ...before].slice(0, KEPT);
    await this.#explained(() => this.#keepOnly(this.#known));
  }

  async drop(snapshot: Snapshot): Promise<void> {
    this.#known = this.#known.filter(({ digest }) => digest !== snapshot.digest);
    await this.#remove([this.#bodyName(snapshot)]);
  }

  async clear(): Promise<void> {
    this.#known = [];
    await this.#explained(() => this.#keepOnly([]));
  }

  place({ digest }: BlobRef): string {
    return `${FOLDER}/${this.#fileName(digest)}`;
  }

  /** Bodies go before their files, so that a kill in between leaves no snapshot without them. */
  async #keepOnly(kept: readonly Committed[]): Promise<void> {
    const wanted = new Set(kept.flatMap((one) => [this.#bodyName(one), ...one.files]));
    const unwanted = (await this.#names()).filter((name) => !wanted.has(name));
    await this.#remove(unwanted.filter((name) => name.endsWith(".json")));
    await this.#remove(unwanted.filter((name) => !name.endsWith(".json")));
  }

  async #remove(names: readonly string[]): Promise<void> {
    // What cannot be removed is in no one's way.
    for (const name of names) await this.files.remove(join(this.#folder, name)).catch(() => undefined);
  }

  async #names(): Promise<readonly string[]> {
    const names = await namesIn(this.#folder, this.files);
    return names.filter((name) => NAME.exec(name)?.[1] === this.key);
  }

  /** A second round where an older, damaged copy is in the way. */
  async #publish(name: string, data: Uint8Array, digest: string): Promise<void> {
    const path = join(this.#folder, name);
    await this.#explained(async () => {
      const place = { path, temporary: join(this.cache, "tmp") };
      if ((await publishFile(this.files, place, data)) === "published") return;
      if (sha256(await this.files.readFile(path)) === digest) return;
      await this.files.remove(path);
      await publishFile(this.files, place, data);
    });
  }

  async #verified(name: string, digest: string, ref?: BlobRef): Promise<Uint8Array> {
    return this.#explained(async () => {
      const expected = ref ?? { digest, bytes: 0 };
      let data: Uint8Array;
      try {
        data = await this.files.readFile(join(this.#folder, name));
      } catch (error) {
        if (codeOf(error) === "ENOENT") throw new DamagedBlobError(expected, "missing");
        throw error;
      }
      if (sha256(data) === digest) return data;
      throw new DamagedBlobError(expected, ref !== undefined && data.byteLength !== ref.bytes ? "torn" : "altered");
    });
  }

  #bodyName({ at, digest }: Snapshot): string {
    return `${this.key}.${at}.${digest}.json`;
  }

  #fileName(digest: string): string {
    return `${this.key}.${digest}.safetensors`;
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainSystemError(error, this.cache);
    }
  }
}
