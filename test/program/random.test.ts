/**
 * Whether `randomUniform` is random enough: counts, neighbours, bits and avalanche against what chance gives. The numbers
 * are fixed, so a test passes always or never; limits lie at some five standard deviations.
 */

import { describe, expect, it } from "vitest";
import { Builder } from "../../src/program/builder.js";
import { elementBits, mix, saltWords } from "../../src/program/hash.js";
import { ShapeError } from "../../src/program/infer/index.js";
import { interpret } from "../../src/program/interpreter/index.js";

const COUNT = 1 << 18;

/** The 32 bits of one draw, unsigned. */
function bitsAt(k0: number, k1: number, salt: number, element: number): number {
  const [s0, s1] = saltWords(salt);
  return elementBits(mix(k0 ^ s0), mix(k1 ^ s1), element) >>> 0;
}

function drawn(at: (i: number) => number, count = COUNT): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => at(i));
}

/** How many standard deviations χ² of equal cells lies from its mean. */
function chiSquared(cellOf: (i: number) => number, cells: number, count: number): number {
  const hits = new Float64Array(cells);
  for (let i = 0; i < count; i++) hits[cellOf(i)] = (hits[cellOf(i)] ?? 0) + 1;
  const due = count / cells;
  const sum = hits.reduce((total, n) => total + (n - due) ** 2 / due, 0);
  return (sum - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

/** Sequences along each thing a draw depends on, and where two of them run against each other. */
const SEQUENCES: readonly (readonly [string, (i: number) => number])[] = [
  ["elements of one image", (i) => bitsAt(0x12345678, -5, 3, i)],
  ["elements of the key 0", (i) => bitsAt(0, 0, 0, i)],
  ["every 384th element", (i) => bitsAt(5, 6, 1, i * 384)],
  ["every 4096th element", (i) => bitsAt(5, 6, 1, i * 4096)],
  ["first words of keys", (i) => bitsAt(i, 0, 0, 0)],
  ["second words of keys", (i) => bitsAt(0, i, 0, 0)],
  ["high bits of keys", (i) => bitsAt(i << 14, i << 14, 9, 1)],
  ["salts", (i) => bitsAt(1, 2, i, 0)],
  ["key and element together", (i) => bitsAt(i, 0, 0, i)],
  ["key against element", (i) => bitsAt(-i, 0, 0, i)],
  ["two salts in turn", (i) => bitsAt(77, 78, i & 1, i >> 1)],
  ["two neighbouring keys in turn", (i) => bitsAt(77 + (i & 1), 78, 4, i >> 1)],
  ["32 elements of many images", (i) => bitsAt(mix(i >> 5), mix(~(i >> 5)), 0, i & 31)],
];

describe("randomUniform", () => {
  it.each(SEQUENCES)("is even along %s", (_, at) => {
    const bits = drawn(at);
    const of = (i: number) => bits[i] ?? 0;
    expect(Math.abs(chiSquared((i) => of(i) >>> 24, 256, COUNT))).toBeLessThan(5);
    expect(Math.abs(chiSquared((i) => (of(i) >>> 8) & 0xff, 256, COUNT))).toBeLessThan(5);
    // pairs of neighbours, by their four top bits each
    const pair = (i: number) => ((of(i) >>> 28) << 4) | (of(i + 1) >>> 28);
    expect(Math.abs(chiSquared(pair, 256, COUNT - 1))).toBeLessThan(5);
  });

  it.each(SEQUENCES)("sets every bit half the time, whatever the others are, along %s", (_, at) => {
    const bits = drawn(at);
    const limit = 5 * Math.sqrt(COUNT);
    const sign = (i: number, bit: number) => 2 * (((bits[i] ?? 0) >>> bit) & 1) - 1;
    for (let bit = 8; bit < 32; bit++) {
      let [balance, serial] = [0, 0];
      const pairs = new Float64Array(32);
      for (let i = 0; i < COUNT; i++) {
        const here = sign(i, bit);
        balance += here;
        if (i > 0) serial += here * sign(i - 1, bit);
        for (let other = bit + 1; other < 32; other += 5) pairs[other] = (pairs[other] ?? 0) + here * sign(i, other);
      }
      expect(Math.abs(balance), `bit ${bit}`).toBeLessThan(limit);
      expect(Math.abs(serial), `bit ${bit} after itself`).toBeLessThan(limit);
      expect(Math.max(...pairs.map(Math.abs)), `bit ${bit} with another`).toBeLessThan(limit);
    }
  });

  it("turns half of the bits when one bit of key or element turns", () => {
    const tries = 1 << 12;
    const inputs = Array.from({ length: tries }, (_, i) => [mix(3 * i + 1), mix(3 * i + 2), mix(3 * i + 3) >>> 12]);
    const limit = 5.5 * 0.5 * Math.sqrt(tries);
    for (const [word, width] of [
      [0, 32],
      [1, 32],
      [2, 20],
    ] as const) {
      for (let turned = 0; turned < width; turned++) {
        const turns = new Float64Array(32);
        for (const input of inputs) {
          const [k0 = 0, k1 = 0, e = 0] = input;
          const [c0 = 0, c1 = 0, c2 = 0] = input.map((value, i) => (i === word ? value ^ (1 << turned) : value));
          const changed = bitsAt(k0, k1, 5, e) ^ bitsAt(c0, c1, 5, c2);
          for (let bit = 0; bit < 32; bit++) turns[bit] = (turns[bit] ?? 0) + ((changed >>> bit) & 1);
        }
        const off = Math.max(...turns.map((n) => Math.abs(n - tries / 2)));
        expect(off, `word ${word}, bit ${turned}`).toBeLessThan(limit);
      }
    }
  });

  it("does not see the batch: an image's numbers are its key's, wherever it lies", () => {
    const keys = [11, 22, -33, 44, 55, -66];
    const all = uniforms(keys, [2, 3]);
    for (let n = 0; n < 3; n++) {
      expect(uniforms(keys.slice(2 * n, 2 * n + 2), [2, 3])).toEqual(all.slice(6 * n, 6 * n + 6));
    }
  });

  it("counts elements row by row, so a prefix of a shape has the same numbers", () => {
    const whole = uniforms([7, 8], [5, 4]);
    expect(uniforms([7, 8], [4])).toEqual(whole.slice(0, 4));
    expect(uniforms([7, 8], [2, 2, 5])).toEqual(whole);
  });

  it("refuses keys and salts that are none", () => {
    const b = new Builder("wrong");
    const keys = b.feed("keys", [4, 2], "i32");
    expect(() => b.randomUniform(b.feed("floats", [4, 2]), 0, [3])).toThrow(ShapeError);
    expect(() => b.randomUniform(b.feed("three", [4, 3], "i32"), 0, [3])).toThrow(/\[N, 2\]/);
    expect(() => b.randomUniform(keys, -1, [3])).toThrow(/salt -1/);
    expect(() => b.randomUniform(keys, 0.5, [3])).toThrow(/salt 0.5/);
    expect(() => b.randomUniform(keys, 0, [1 << 16, 1 << 16])).toThrow(/2³¹/);
  });
});

function uniforms(keys: readonly number[], shape: readonly number[]): number[] {
  const b = new Builder("draw");
  b.fetch("u", b.randomUniform(b.constant(Int32Array.from(keys), [keys.length / 2, 2]), 12, shape));
  return [...(interpret(b.build(), new Map(), new Map()).fetches.get("u")?.data ?? [])];
}
