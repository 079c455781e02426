import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import { TRANSFORMS, transformImage } from "../../../src/runtime/data/transforms.js";

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
    transformImage({ data, at: 3, channels: 3, size: 1 }, grayscale);
    // 0.2989 · 200 + 0.587 · 100 + 0.114 · 50 = 124.18
    expect([...data]).toEqual([10, 20, 30, 124, 124, 124]);
  });

  it("leave a grey image as it is", () => {
    const data = Uint8Array.from([10, 20, 30, 40]);
    transformImage({ data, at: 0, channels: 1, size: 2 }, grayscale);
    expect([...data]).toEqual([10, 20, 30, 40]);
  });
});
