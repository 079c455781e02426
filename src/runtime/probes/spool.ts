/**
 * Features by layer of all images of a split: in memory while they are few, else in a file without a name that goes with
 * the process. They are read back a part at a time, so that a split need never fit into memory.
 */

import { closeSync, mkdtempSync, openSync, readSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor } from "../../analysis/index.js";

export interface SpoolLimits {
  /** Of all features, in memory. */
  readonly memoryBytes: number;
  /** Of a part that is read back. */
  readonly partBytes: number;
}
const LIMITS: SpoolLimits = { memoryBytes: 512 * 2 ** 20, partBytes: 16 * 2 ** 20 };

export interface Part {
  /** Position of its first image. */
  readonly from: number;
  /** [images, width] */
  readonly features: Tensor;
}

interface LayerPlace {
  readonly width: number;
  /** In numbers. */
  readonly at: number;
}

/** Where rows of numbers are put and found again. */
interface Room {
  write(at: number, row: Float32Array): void;
  read(at: number, count: number): Float32Array;
  close(): void;
}

export class Spool {
  readonly #places = new Map<string, LayerPlace>();
  readonly #first = new Map<string, Float32Array>();
  readonly #varying = new Set<string>();
  readonly #room: Room;

  /** @param widths features an image, by layer */
  constructor(
    readonly images: number,
    widths: ReadonlyMap<string, number>,
    readonly limits: SpoolLimits = LIMITS,
  ) {
    let total = 0;
    for (const [layer, width] of widths) {
      this.#places.set(layer, { width, at: total });
      total += width * images;
    }
    this.#room = total * 4 <= limits.memoryBytes ? memoryRoom(total) : fileRoom();
  }

  put(layer: string, image: number, row: Float32Array): void {
    const { width, at } = this.#place(layer);
    this.#room.write(at + image * width, row);
    const first = this.#first.get(layer);
    if (first === undefined) this.#first.set(layer, Float32Array.from(row));
    else if (!this.#varying.has(layer) && row.some((value, i) => value !== first[i])) this.#varying.add(layer);
  }

  width(layer: string): number {
    return this.#place(layer).width;
  }

  /** Whether all images have the same features to the bit: nothing can be told by them. */
  isConstant(layer: string): boolean {
    return !this.#varying.has(layer);
  }

  *parts(layer: string): Generator<Part> {
    const { width, at } = this.#place(layer);
    const rows = Math.max(1, Math.floor(this.limits.partBytes / 4 / Math.max(1, width)));
    for (let from = 0; from < this.images; from += rows) {
      const count = Math.min(rows, this.images - from);
      const data = this.#room.read(at + from * width, count * width);
      yield { from, features: { data, shape: [count, width] } };
    }
  }

  close(): void {
    this.#room.close();
  }

  #place(layer: string): LayerPlace {
    const place = this.#places.get(layer);
    if (place === undefined) throw new Error(`no features of layer ${layer}`);
    return place;
  }
}

function memoryRoom(total: number): Room {
  const data = new Float32Array(total);
  return {
    write: (at, row) => data.set(row, at),
    read: (at, count) => data.subarray(at, at + count),
    close: () => undefined,
  };
}

function fileRoom(): Room {
  const folder = mkdtempSync(join(tmpdir(), "xferc-features-"));
  const path = join(folder, "features");
  const file = openSync(path, "w+", 0o600);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let gone = false;
  try {
    // no process can die and leave it behind
    unlinkSync(path);
    remove();
    gone = true;
  } catch {
    // a system that keeps open files: removed when it is closed
  }
  return {
    write(at, row) {
      writeAll(file, new Uint8Array(row.buffer, row.byteOffset, row.byteLength), at * 4);
    },
    read(at, count) {
      const data = new Float32Array(count);
      readAll(file, new Uint8Array(data.buffer), at * 4);
      return data;
    },
    close() {
      closeSync(file);
      if (!gone) remove();
    },
  };
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}

function readAll(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error("features that were set aside are gone");
    done += read;
  }
}
