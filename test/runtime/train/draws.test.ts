import { expect, it } from "vitest";
import type { ImageSet } from "../../../src/runtime/data/images.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";
import { type BatchSource, drawKeys } from "../../../src/runtime/train/batches.js";

const hashes = ["a.png", "b.png", "c.png", "d.png"].map(hashItem);
const source = { images: { hashes } as unknown as ImageSet } as BatchSource;
const stream = (repeat = 1) => new Stream({ seed: 2022, purpose: "dropout", repeat, about: [] });
const keys = (indices: readonly number[], epoch = 0, of = stream()) => drawKeys(source, indices, of, epoch);

it("keys draws by image, not by place in the batch", () => {
  const all = keys([0, 1, 2, 3]);
  expect(all.shape).toEqual([4, 2]);
  expect([...keys([2, 0]).data]).toEqual([...all.data.slice(4, 6), ...all.data.slice(0, 2)]);
});

it("keys draws by epoch and repeat", () => {
  const different = [keys([1]), keys([1], 1), keys([1], 0, stream(2)), keys([2])].map(({ data }) => data.join());
  expect(new Set(different).size).toBe(4);
});

it("gives these keys on every machine", () => {
  expect([...keys([0, 1]).data]).toMatchInlineSnapshot(`
    [
      909643438,
      -405062617,
      -1523642187,
      1644247582,
    ]
  `);
});

it("names an image without an id", () => {
  expect(() => keys([9])).toThrow(/image 9 has no id/);
});
