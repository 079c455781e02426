/**
 * A stream is what a draw is about: study seed, purpose, repeat and the thing itself are hashed to a key, and draw `i`
 * is the generator at counter `i`. Nothing is shared and nothing advances, so adding a draw disturbs no other.
 */

import { createHash } from "node:crypto";
import type { StreamSpec } from "../../compiler/plan/types.js";
import { normalQuantile } from "./normal.js";
import { philox } from "./philox.js";

/** 64 bits that stand for an item, e.g. an image id. Made once, used in every draw about the item. */
export interface ItemHash {
  readonly low: number;
  readonly high: number;
}

export class Stream {
  readonly #key0: number;
  readonly #key1: number;
  /** Upper half of the counter of numbered draws; keyed too, so that two streams differ in 128 bits. */
  readonly #prefix0: number;
  readonly #prefix1: number;
  readonly #words = new Uint32Array(4);

  constructor(spec: StreamSpec) {
    const text = JSON.stringify([spec.seed, spec.purpose, spec.repeat, spec.about]);
    const digest = createHash("sha256").update(text).digest();
    this.#key0 = digest.readUInt32LE(0);
    this.#key1 = digest.readUInt32LE(4);
    this.#prefix0 = digest.readUInt32LE(8);
    this.#prefix1 = digest.readUInt32LE(12);
  }

  /** `count` numbers uniform in [0, 1), 53 bits each, starting with draw `from`. */
  uniforms(count: number, from = 0): Float64Array {
    const out = new Float64Array(count);
    this.#each(count, from, (i, value) => {
      out[i] = value;
    });
    return out;
  }

  /** Draw `index` alone, uniform in [0, 1). */
  uniform(index: number): number {
    const half = this.#fill(Math.floor(index / 2), index % 2);
    return fraction(this.#words[half] as number, this.#words[half + 1] as number);
  }

  /** `count` standard normal numbers; draw `i` uses the bits of uniform `i`. */
  normals(count: number): Float64Array {
    const out = new Float64Array(count);
    this.#each(count, 0, (i, value) => {
      out[i] = normalAt(value);
    });
    return out;
  }

  /** Normal(0, `std`) conditioned on lying in [−`bound`, `bound`], by drawing again; `bound` in the units of `std`·1. */
  truncatedNormals(count: number, std: number, bound: number): Float64Array {
    const out = this.normals(count);
    for (let i = 0; i < count; i++) {
      let value = std * (out[i] as number);
      for (let attempt = 1; Math.abs(value) > bound; attempt++) value = std * normalAt(this.#again(i, attempt));
      out[i] = value;
    }
    return out;
  }

  /** `count` integers uniform in [0, `limit`), `limit` ≤ 2³², without bias worth 2⁻²¹. */
  integers(count: number, limit: number): Uint32Array {
    const out = new Uint32Array(count);
    for (let i = 0; i < count; i++) out[i] = Math.floor(this.uniform(i) * limit);
    return out;
  }

  /**
   * Draw `index` about one item at one time, e.g. for the augmentation of an image in an epoch; uniform in [0, 1). It
   * depends on the item, not on where it lies in the data or the batch.
   */
  uniformAbout(item: ItemHash, time: number, index: number): number {
    philox(this.#words, item.low, item.high, time, index >>> 1, this.#key0, this.#key1);
    const half = (index & 1) * 2;
    return fraction(this.#words[half] ?? 0, this.#words[half + 1] ?? 0);
  }

  /** 64 random bits about one item at one time, as two signed words: the key of draws that are made elsewhere. */
  keyAbout(item: ItemHash, time: number): readonly [number, number] {
    philox(this.#words, item.low, item.high, time, 0xfffffffe, this.#key0, this.#key1);
    return [(this.#words[0] ?? 0) | 0, (this.#words[1] ?? 0) | 0];
  }

  /**
   * Positions 0…n−1 in random order: sorted by a hash of item and time. Removing an item leaves the others' order as
   * it was, so subsets nest.
   */
  order(items: readonly ItemHash[], time = 0): Uint32Array {
    const keys = new Float64Array(items.length);
    items.forEach((item, i) => {
      philox(this.#words, item.low, item.high, time, 0xffffffff, this.#key0, this.#key1);
      keys[i] = fraction(this.#words[0] ?? 0, this.#words[1] ?? 0);
    });
    const tie = (a: number, b: number) => compareItems(items[a], items[b]) || a - b;
    return Uint32Array.from(items.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || tie(a, b));
  }

  /** Draw `index` once more, for whoever cannot use the first. */
  #again(index: number, attempt: number): number {
    const half = this.#fill(Math.floor(index / 2), index % 2, attempt);
    return fraction(this.#words[half] as number, this.#words[half + 1] as number);
  }

  /** Uniform draws `from`, `from + 1`, …: two a block of the generator. */
  #each(count: number, from: number, use: (i: number, value: number) => void): void {
    for (let i = 0; i < count; ) {
      const index = from + i;
      let half = this.#fill(Math.floor(index / 2), index % 2);
      for (; half <= 2 && i < count; half += 2) {
        use(i, fraction(this.#words[half] as number, this.#words[half + 1] as number));
        i += 1;
      }
    }
  }

  #fill(block: number, half: number, attempt = 0): number {
    const high = Math.floor(block / 2 ** 32);
    philox(this.#words, block, high, this.#prefix0, (this.#prefix1 + attempt) | 0, this.#key0, this.#key1);
    return half === 0 ? 0 : 2;
  }
}

/** 64 bits of the SHA-256 of an item's id. */
export function hashItem(id: string): ItemHash {
  const digest = createHash("sha256").update(id).digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

/** The standard normal at a uniform draw: the middle of its cell of width 2⁻⁵³, so never at 0 or 1. */
function normalAt(uniform: number): number {
  const p = uniform + 2 ** -54;
  return normalQuantile(p < 1 ? p : 1 - 2 ** -53);
}

/** 27 bits of one word and 26 of the other: a multiple of 2⁻⁵³ in [0, 1). */
function fraction(a: number, b: number): number {
  return ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;
}

function compareItems(a: ItemHash | undefined, b: ItemHash | undefined): number {
  return (a?.high ?? 0) - (b?.high ?? 0) || (a?.low ?? 0) - (b?.low ?? 0);
}
