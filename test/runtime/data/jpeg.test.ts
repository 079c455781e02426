/** Plain JPEGs have two decoders: which one is there makes no difference to a byte. */

import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { jpegHead } from "../../../src/runtime/data/formats/jpeg-head.js";
import { decodeRaster, decodeSharp, MAX_PIXELS } from "../../../src/runtime/data/formats/raster.js";
import { decodeTurbo, plainJpeg, turboDecoder } from "../../../src/runtime/data/formats/turbo.js";
import type { Pixels } from "../../../src/runtime/data/types.js";

function noise(width: number, height: number, channels: 1 | 3): Sharp {
  let state = width * 31 + height;
  const data = Buffer.alloc(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = 128 + 90 * Math.sin(i / (7 + (i % channels))) + ((state >>> 24) % 32);
  }
  return sharp(data, { raw: { width, height, channels } }).toColourspace(channels === 1 ? "b-w" : "srgb");
}

const hasTurbo = (await turboDecoder()) !== undefined;
const withTurbo = it.skipIf(!hasTurbo);
if (!hasTurbo) console.warn("skipped: no libjpeg-turbo for this system; libvips decodes every JPEG");

async function both(bytes: Uint8Array): Promise<readonly [Pixels | undefined, Pixels]> {
  const head = plainJpeg(bytes, MAX_PIXELS);
  const slow = await decodeSharp(bytes, "jpeg");
  if ("kind" in slow) throw new Error(slow.reason);
  return [head && (await decodeTurbo(bytes, head)), { ...slow, data: new Uint8Array(slow.data) }];
}

describe("libjpeg-turbo and libvips", () => {
  const shapes = [
    [1, 1],
    [7, 13],
    [64, 64],
    [133, 65],
  ] as const;
  const kinds = {
    "4:2:0": { chromaSubsampling: "4:2:0" },
    "4:4:4": { chromaSubsampling: "4:4:4", quality: 97 },
    progressive: { progressive: true, quality: 50 },
    "of other tables": { mozjpeg: true },
    poor: { quality: 3 },
  } as const;
  withTurbo.each(Object.entries(kinds))("give the same bytes: %s", async (_, options) => {
    for (const [width, height] of shapes) {
      for (const channels of [1, 3] as const) {
        const bytes = new Uint8Array(await noise(width, height, channels).jpeg(options).toBuffer());
        const [quick, slow] = await both(bytes);
        expect(quick).toEqual(slow);
        expect(quick).toMatchObject({ width, height, channels });
      }
    }
  });

  withTurbo("give the same bytes in memory that is used again, and no more of them", async () => {
    const bytes = new Uint8Array(await noise(20, 10, 3).jpeg().toBuffer());
    const head = plainJpeg(bytes, MAX_PIXELS);
    if (head === undefined) throw new Error("not plain");
    const memory = new Uint8Array(1000).fill(7);
    const quick = await decodeTurbo(bytes, head, () => memory);
    expect(quick?.data).toEqual((await both(bytes))[1].data);
    expect(new Set(memory.subarray(600))).toEqual(new Set([7]));
    expect(await decodeTurbo(bytes, head, () => new Uint8Array(599))).toBeUndefined();
  });

  withTurbo("leave what is not sound to libvips: cut off, altered, of another size than its header's", async () => {
    const bytes = new Uint8Array(await noise(80, 60, 3).jpeg().toBuffer());
    const head = plainJpeg(bytes, MAX_PIXELS);
    if (head === undefined) throw new Error("not plain");
    for (const length of [bytes.length - 2, bytes.length >> 1, 700, 300]) {
      expect(await decodeTurbo(bytes.subarray(0, length), head)).toBeUndefined();
      expect(await decodeRaster(bytes.subarray(0, length), "jpeg")).toEqual(
        await decodeSharp(bytes.subarray(0, length), "jpeg"),
      );
    }
    expect(await decodeTurbo(bytes, { ...head, width: 81 })).toBeUndefined();
    const altered = Uint8Array.from(bytes);
    altered.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 40);
    expect(await decodeTurbo(altered, head)).toBeUndefined();
  });
});

describe("what a JPEG says before its pixels", () => {
  const upright = (at: number) => noise(8, 6, 3).withMetadata({ orientation: at }).jpeg().toBuffer();

  it("is read from every kind, and no turned, huge or printer's one is plain", async () => {
    expect(jpegHead(await noise(8, 6, 3).jpeg().toBuffer())).toEqual({
      frame: 0xc0,
      precision: 8,
      width: 8,
      height: 6,
      components: 3,
      orientation: 1,
    });
    for (const orientation of [1, 2, 6, 8]) {
      const bytes = await upright(orientation);
      expect(jpegHead(bytes)).toMatchObject({ orientation });
      expect(plainJpeg(bytes, MAX_PIXELS) !== undefined).toBe(orientation === 1);
    }
    const print = await noise(8, 6, 3).toColourspace("cmyk").jpeg().toBuffer();
    expect(jpegHead(print)).toMatchObject({ components: 4 });
    expect(plainJpeg(print, MAX_PIXELS)).toBeUndefined();
    expect(plainJpeg(await noise(8, 6, 3).jpeg().toBuffer(), 47)).toBeUndefined();
  });

  it("is never read beyond the file's end", async () => {
    const bytes = new Uint8Array(await upright(6));
    for (let length = 0; length < bytes.length; length++) {
      expect([undefined, 6]).toContain(jpegHead(bytes.subarray(0, length))?.orientation);
    }
  });

  it("turns an image, and its colour profile changes none, as with Pillow", async () => {
    const turned = await decodeRaster(new Uint8Array(await upright(6)), "jpeg");
    expect(turned).toMatchObject({ width: 6, height: 8 });
    const options = { quality: 95, chromaSubsampling: "4:4:4" } as const;
    const plain = new Uint8Array(await noise(16, 16, 3).jpeg(options).toBuffer());
    // an sRGB image that says it is of another space: the numbers in the file stay the same
    const profile = (await noise(16, 16, 3).withIccProfile("p3").jpeg(options).toBuffer()).subarray(2);
    const withProfile = profile.indexOf("ICC_PROFILE");
    expect(withProfile).toBeGreaterThan(0);
    const length = profile.readUInt16BE(withProfile - 2);
    const icc = profile.subarray(withProfile - 4, withProfile - 2 + length);
    const tagged = new Uint8Array(Buffer.concat([plain.subarray(0, 2), icc, plain.subarray(2)]));
    for (const decode of [decodeRaster, decodeSharp]) {
      expect((await decode(tagged, "jpeg")) as Pixels).toEqual((await decode(plain, "jpeg")) as Pixels);
    }
  });
});
