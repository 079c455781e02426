import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeRaster } from "../../../src/runtime/data/formats/raster.js";
import { formatOf } from "../../../src/runtime/data/formats/sniff.js";
import { prepareImage } from "../../../src/runtime/data/pixels.js";
import fc from "../../support/properties.js";

interface Golden {
  resize: { height: number; width: number; channels: number; size: number; data: string; resized: string }[];
  grey: { height: number; width: number; data: string; grey: string };
  files: Record<string, { bytes: string; width: number; height: number; pixels: string }>;
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/pillow.golden.json"), "utf8"));
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const differences = (actual: Uint8Array, expected: Uint8Array) => {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
};

describe("prepared images are Pillow's", () => {
  it.each(golden.resize)("$height×$width×$channels to $size, to the bit", ({ data, resized, size, ...shape }) => {
    const out = new Uint8Array(shape.channels * size * size);
    prepareImage({ ...shape, data: bytes(data) }, size, shape.channels, out, 0);
    expect(differences(out, bytes(resized))).toBe(0);
  });

  it("whatever the extents: an even image stays even, and nothing beside it is touched", () => {
    const extent = fc.integer({ min: 1, max: 70 });
    const of = {
      height: extent,
      width: extent,
      size: extent,
      channels: fc.constantFrom(1, 3),
      value: fc.integer({ min: 1, max: 255 }),
    };
    fc.assert(
      fc.property(fc.record(of), ({ height, width, size, channels, value }) => {
        const data = new Uint8Array(height * width * channels).fill(value);
        const out = new Uint8Array(channels * size * size + 64);
        prepareImage({ height, width, channels, data }, size, channels, out, 32);
        expect(new Set(out.subarray(32, 32 + channels * size * size))).toEqual(new Set([value]));
        expect(new Set([...out.subarray(0, 32), ...out.subarray(32 + channels * size * size)])).toEqual(new Set([0]));
      }),
      { numRuns: 200 },
    );
  });

  it("grey of colours, to the bit, and colours of grey", () => {
    const { height, width } = golden.grey;
    const image = { height, width, channels: 3, data: bytes(golden.grey.data) };
    const size = 24;
    const whole = new Uint8Array(size * size);
    prepareImage(image, size, 1, whole, 0);
    const direct = new Uint8Array(size * size);
    prepareImage({ height, width, channels: 1, data: bytes(golden.grey.grey) }, size, 1, direct, 0);
    expect(differences(whole, direct)).toBe(0);
    const three = new Uint8Array(3 * size * size);
    prepareImage({ height, width, channels: 1, data: bytes(golden.grey.grey) }, size, 3, three, 0);
    for (const c of [0, 1, 2]) expect(three.subarray(c * size * size, (c + 1) * size * size)).toEqual(direct);
  });

  it.each(Object.keys(golden.files))("decodes %s as it does", async (name) => {
    const file = golden.files[name];
    if (file === undefined) throw new Error(name);
    const data = bytes(file.bytes);
    const decoded = await decodeRaster(data, formatOf(data));
    if ("kind" in decoded) throw new Error(decoded.reason);
    expect([decoded.width, decoded.height]).toEqual([file.width, file.height]);
    expect(differences(decoded.data, bytes(file.pixels))).toBe(0);
  });
});
