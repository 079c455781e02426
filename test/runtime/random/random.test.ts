import { describe, expect, it } from "vitest";
import type { StreamSpec } from "../../../src/compiler/plan/types.js";
import { normalQuantile, portableLog } from "../../../src/runtime/random/normal.js";
import { philox } from "../../../src/runtime/random/philox.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";

const spec = (change: Partial<StreamSpec> = {}): StreamSpec => ({
  seed: 2022,
  purpose: "sample",
  repeat: 1,
  about: ["blocks.0.attn.qkv.weight", "ab12"],
  ...change,
});

describe("philox", () => {
  // The known answers of Random123's own test vectors.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("gives the published answer for counter %j", (counter, key, answer) => {
    const out = new Uint32Array(4);
    const [c0, c1, c2, c3] = counter;
    philox(out, c0, c1, c2, c3, key[0], key[1]);
    expect([...out]).toEqual([...answer]);
  });
});

describe("normal quantile", () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [2 ** -54, -8.292361075813595],
  ])("of %d is %d", (p, value) => expect(normalQuantile(p)).toBeCloseTo(value, 12));

  it("has a logarithm as good as the built-in one", () => {
    for (const x of [1e-300, 0.1, 0.5, 0.7, 1, 1.5, 2, 123.456, 1e18]) {
      expect(Math.abs(portableLog(x) - Math.log(x))).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(Math.log(x))));
    }
  });
});

describe("streams", () => {
  it("give these numbers on every machine", () => {
    const stream = new Stream(spec());
    expect([...stream.uniforms(4)]).toMatchInlineSnapshot(`
      [
        0.6128847402742437,
        0.9651740446882769,
        0.12328151253473885,
        0.6934200630267915,
      ]
    `);
    expect([...stream.normals(4)]).toMatchInlineSnapshot(`
      [
        0.2868456341876852,
        1.814167704361569,
        -1.1587379297485225,
        0.5055681091713178,
      ]
    `);
    expect([...stream.truncatedNormals(2, 1, 0.5)]).toMatchInlineSnapshot(`
      [
        0.2868456341876852,
        -0.13335986302226766,
      ]
    `);
    expect([...stream.integers(6, 100)]).toMatchInlineSnapshot(`
      [
        61,
        96,
        12,
        69,
        94,
        4,
      ]
    `);
    expect([0, 1, 2].map((i) => stream.uniformAbout(hashItem("train/0"), 3, i))).toMatchInlineSnapshot(`
      [
        0.16761059057511918,
        0.31681858813176356,
        0.627109631062247,
      ]
    `);
    expect([...stream.order(["a", "b", "c", "d", "e"].map(hashItem), 1)]).toMatchInlineSnapshot(`
      [
        4,
        3,
        1,
        0,
        2,
      ]
    `);
  });

  it("differ by everything a draw is about", () => {
    const first = (change: Partial<StreamSpec>) => new Stream(spec(change)).uniform(0);
    const all = [
      first({}),
      first({ seed: 1 }),
      first({ purpose: "head" }),
      first({ repeat: 2 }),
      first({ about: ["x"] }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(first({ about: ["a", "b"] })).not.toBe(first({ about: ["a,b"] }));
  });

  it("give any draw alone", () => {
    const stream = new Stream(spec());
    expect(stream.uniforms(3, 7)).toEqual(stream.uniforms(10).slice(7));
    expect(stream.normals(5)).toEqual(stream.normals(100).slice(0, 5));
  });

  it("are uniform and normal in their moments", () => {
    const n = 200_000;
    const stream = new Stream(spec());
    const moments = (values: Float64Array) => {
      const mean = values.reduce((sum, x) => sum + x, 0) / n;
      return [
        mean,
        values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n,
        values.reduce((sum, x) => sum + x ** 4, 0) / n,
      ];
    };
    const [mean = 0, variance = 0] = moments(stream.uniforms(n));
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 3);
    const [normalMean = 0, normalVariance = 0, fourth = 0] = moments(stream.normals(n));
    expect(Math.abs(normalMean)).toBeLessThan(0.01);
    expect(normalVariance).toBeCloseTo(1, 1.5);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.1);
  });

  it("truncate where they say", () => {
    const values = new Stream(spec()).truncatedNormals(10_000, 1, 2);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(values.reduce((sum, x) => sum + x * x, 0) / 10_000).toBeCloseTo(0.774, 1.5); // 1 − 4φ(2)/(2Φ(2)−1)
  });

  it("order items so that subsets nest and epochs differ", () => {
    const ids = Array.from({ length: 50 }, (_, i) => `train/${i}`);
    const stream = new Stream(spec({ purpose: "order" }));
    const named = (list: readonly string[], epoch: number) =>
      [...stream.order(list.map(hashItem), epoch)].map((position) => list[position]);
    const all = named(ids, 0);
    expect([...all].sort()).toEqual([...ids].sort());
    const kept = ids.filter((_, i) => i % 3 === 0);
    expect(named(kept, 0)).toEqual(all.filter((id) => kept.includes(id ?? "")));
    expect(named([...ids].reverse(), 0)).toEqual(all);
    expect(named(ids, 1)).not.toEqual(all);
  });
});
