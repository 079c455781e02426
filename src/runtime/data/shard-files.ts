/** Shards too large to be kept in memory: images are read from where they lie, by offset. */

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { DamagedBlobError } from "../store/errors.js";
import type { BlobRef } from "../store/types.js";

export interface ShardFile {
  readonly ref: BlobRef;
  readonly path: string;
}

/** Files kept open: systems allow a process a thousand or so. */
const OPEN_FILES = 256;

export class ShardFiles {
  /** Shard → file descriptor, the latest used last. */
  readonly #open = new Map<number, number>();
  readonly #verified = new Set<number>();

  constructor(
    readonly shards: readonly ShardFile[],
    readonly imageBytes: number,
    readonly perShard: number,
  ) {}

  /**
   * The bytes of one image. Synchronous, as batches are made; the page cache serves what was read before.
   * @throws DamagedBlobError where the shard is not what was written
   */
  image(index: number): Uint8Array {
    const shard = Math.floor(index / this.perShard);
    const offset = (index % this.perShard) * this.imageBytes;
    const bytes = new Uint8Array(this.imageBytes);
    const descriptor = this.#descriptor(shard);
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
      if (read === 0) throw new DamagedBlobError(this.#file(shard).ref, "torn");
      done += read;
    }
    return bytes;
  }

  #descriptor(shard: number): number {
    const open = this.#open.get(shard);
    if (open !== undefined) {
      this.#open.delete(shard);
      this.#open.set(shard, open);
      return open;
    }
    this.#verify(shard);
    const descriptor = openSync(this.#file(shard).path, "r");
    this.#open.set(shard, descriptor);
    const [oldest] = this.#open;
    if (this.#open.size > OPEN_FILES && oldest !== undefined) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    return descriptor;
  }

  /** Once a process, when a shard is first looked at. */
  #verify(shard: number): void {
    if (this.#verified.has(shard)) return;
    const { path, ref } = this.#file(shard);
    if (createHash("sha256").update(readFileSync(path)).digest("hex") !== ref.digest) {
      throw new DamagedBlobError(ref, "altered");
    }
    this.#verified.add(shard);
  }

  #file(shard: number): ShardFile {
    const file = this.shards[shard];
    if (file === undefined) throw new RangeError(`shard ${shard} of ${this.shards.length}`);
    return file;
  }
}
