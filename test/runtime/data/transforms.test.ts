import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import { TRANSFORMS, transformImage } from "../../../src/runtime/data/transforms.js";
import fc from "../../support/properties.js";

const grayscale = [{ id: "grayscale", version: 1, params: {} }];

describe("transforms of data sets", () => {
  it("are those of the catalogue", () => {
    expect(Object.keys(TRANSFORMS).sort()).toEqual(
      entries("transform")
        .map(({ id }) => id)
        .sort(),
    );
  });

  it("turn colours to their luma, in the image that is meant and no other", () => {
    // two images of 1 × 1: the second is changed
    const data = Uint8Array.from([10, 20, 30, 200, 100, 50]);
    transformImage({ data, at: 3, channels: 3, size: 1, id: "b" }, grayscale);
    // 0.2989 · 200 + 0.587 · 100 + 0.114 · 50 = 124.18
    expect([...data]).toEqual([10, 20, 30, 124, 124, 124]);
  });

  it("leave a grey image as it is", () => {
    const data = Uint8Array.from([10, 20, 30, 40]);
    transformImage({ data, at: 0, channels: 1, size: 2, id: "a" }, grayscale);
    expect([...data]).toEqual([10, 20, 30, 40]);
  });

  const stream = { seed: 5, purpose: "transform", repeat: 0, about: ["shuffle_blocks"] } as const;
  const shuffle = (grid: number, order = "per_image") => [
    { id: "shuffle_blocks", version: 1, params: { grid, order }, stream },
  ];
  const shuffled = (grid: number, { size = 8, channels = 1, id = "x", order = "per_image" } = {}) => {
    const data = Uint8Array.from({ length: channels * size * size }, (_, i) => i % 251);
    transformImage({ data, at: 0, channels, size, id }, shuffle(grid, order));
    return data;
  };
  /** Blocks of an image, each as text. */
  const blocksOf = (data: Uint8Array, size: number, grid: number, plane = 0): readonly string[] => {
    const block = Math.floor(size / grid);
    return Array.from({ length: grid * grid }, (_, b) => {
      const corner = plane + Math.floor(b / grid) * block * size + (b % grid) * block;
      const rows = Array.from({ length: block }, (_, row) => [
        ...data.subarray(corner + row * size, corner + row * size + block),
      ]);
      return rows.join();
    });
  };

  it("put blocks in another order: the same ones, whole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 4 }), fc.string(), (grid, width, id) => {
        const size = grid * width;
        const before = Uint8Array.from({ length: size * size }, (_, i) => i % 251);
        const after = shuffled(grid, { size, id });
        expect(blocksOf(after, size, grid).toSorted()).toEqual(blocksOf(before, size, grid).toSorted());
      }),
    );
    expect(shuffled(4)).not.toEqual(shuffled(1));
  });

  it("leave what no block covers, and move all channels alike", () => {
    const size = 10; // blocks of 3
    const data = shuffled(3, { size, channels: 2 });
    const rows = (plane: number) => Array.from({ length: size }, (_, y) => data[plane + y * size + 9]);
    expect(rows(0)).toEqual(Array.from({ length: size }, (_, y) => (y * size + 9) % 251));
    expect([...data.subarray(90, 100)]).toEqual(Array.from({ length: 10 }, (_, x) => 90 + x));
    const [first, second] = [blocksOf(data, size, 3), blocksOf(data, size, 3, 100)];
    const original = Uint8Array.from({ length: 200 }, (_, i) => i % 251);
    const places = (blocks: readonly string[], plane: number) =>
      blocks.map((block) => blocksOf(original, size, 3, plane).indexOf(block));
    expect(places(first, 0)).toEqual(places(second, 100));
  });

  it("draw an order of the image's id, or one for all", () => {
    expect(shuffled(4, { id: "a" })).toEqual(shuffled(4, { id: "a" }));
    expect(shuffled(4, { id: "a" })).not.toEqual(shuffled(4, { id: "b" }));
    expect(shuffled(4, { id: "a", order: "fixed" })).toEqual(shuffled(4, { id: "b", order: "fixed" }));
  });

  it("are fair: every block comes to every place about as often", () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let i = 0; i < 2000; i++) {
      const data = Uint8Array.of(0, 1, 2, 3);
      transformImage({ data, at: 0, channels: 1, size: 2, id: `image ${i}` }, shuffle(2));
      for (const [place, block] of data.entries())
        (counts[place] as number[])[block] = (counts[place]?.[block] ?? 0) + 1;
    }
    for (const count of counts.flat()) expect(Math.abs(count - 500)).toBeLessThan(80); // four sd
  });
});
