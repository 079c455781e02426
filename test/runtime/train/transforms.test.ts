import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entries } from "../../../src/catalog/index.js";
import { prepareImage } from "../../../src/runtime/data/pixels.js";
import { resizeWindow } from "../../../src/runtime/data/resize.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";
import { AUGMENTATIONS, applyDrawn, augmentationsOf, drawSteps } from "../../../src/runtime/train/augment.js";
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  grayscale,
} from "../../../src/runtime/train/color.js";
import { centreCrop, drawBox, flip } from "../../../src/runtime/train/crop.js";
import type { FloatImage } from "../../../src/runtime/train/image.js";

interface Golden {
  image: number[];
  wide: number[];
  resize: { up: number[]; down: number[]; crop: number[]; wide: number[] };
  bytes: number[];
  color: Record<"brightness" | "contrast" | "saturation" | "hue" | "grayscale" | "grayContrast", number[]>;
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/transforms.golden.json"), "utf8"));
const bytes = Uint8Array.from(golden.image);
/** height × width × channels, as decoders give it. */
const interleaved = bytes.map((_, i) => bytes[(i % 3) * 144 + Math.floor(i / 3)] as number);
const image = (channels = 3): FloatImage => ({
  channels,
  size: 12,
  data: Float32Array.from(bytes.subarray(0, channels * 144), (value) => value / 255),
});
const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN))));
  expect(worst).toBeLessThan(tolerance);
};

describe("resizing is torchvision's, antialiased", () => {
  const whole = { top: 0, left: 0, rows: 12, columns: 12 };
  it.each([
    ["up", 17, whole],
    ["down", 5, whole],
    ["crop", 8, { top: 2, left: 1, rows: 9, columns: 7 }],
  ] as const)("%s", (name, size, box) => {
    const out = new Float32Array(3 * size * size);
    resizeWindow({ data: image().data, offset: 0, channels: 3, height: 12, width: 12, ...box }, size, out, 0);
    near(out, golden.resize[name], 2e-6);
  });
  it("of bytes, to bytes, whatever the aspect", () => {
    const out = new Uint8Array(75);
    prepareImage({ channels: 3, height: 12, width: 12, data: interleaved }, 5, 3, out, 0);
    near(out, golden.bytes, 1.01); // torch rounds in fixed point
    const wide = new Float32Array(36);
    const box = { top: 0, left: 0, rows: 7, columns: 10 };
    const data = Uint8Array.from(golden.wide);
    resizeWindow({ data, offset: 0, channels: 1, height: 7, width: 10, ...box }, 6, wide, 0);
    near(wide, golden.resize.wide, 1e-3);
  });
  it("leaves an image of the right size alone, and makes grey of colours and back", () => {
    const same = new Uint8Array(432);
    prepareImage({ channels: 3, height: 12, width: 12, data: interleaved }, 12, 3, same, 0);
    expect(same).toEqual(bytes);
    const rgb = { channels: 3, height: 1, width: 1, data: new Uint8Array([200, 100, 50]) };
    const gray = new Uint8Array(1);
    prepareImage(rgb, 1, 1, gray, 0);
    expect(gray[0]).toBe(Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50));
    const back = new Uint8Array(3);
    prepareImage({ channels: 1, height: 1, width: 1, data: gray }, 1, 3, back, 0);
    expect([...back]).toEqual([124, 124, 124]);
  });
});

describe("colours are torchvision's", () => {
  it.each([
    ["brightness", (target: FloatImage) => adjustBrightness(target, 1.4)],
    ["contrast", (target: FloatImage) => adjustContrast(target, 0.6)],
    ["saturation", (target: FloatImage) => adjustSaturation(target, 1.7)],
    ["hue", (target: FloatImage) => adjustHue(target, -0.21)],
    ["grayscale", (target: FloatImage) => grayscale(target)],
  ] as const)("%s", (name, change) => {
    const target = image();
    change(target);
    near(target.data, golden.color[name], 2e-6);
  });
  it("a grey image has contrast but neither saturation nor hue", () => {
    const target = image(1);
    adjustSaturation(target, 3);
    adjustHue(target, 0.3);
    expect(target.data).toEqual(image(1).data);
    adjustContrast(target, 1.5);
    near(target.data, golden.color.grayContrast, 2e-6);
  });
});

describe("crops", () => {
  const stream = new Stream({ seed: 1, purpose: "augment", repeat: 1, about: [] });
  const draws = (id: string) => {
    let next = 0;
    return () => stream.uniformAbout(hashItem(id), 0, next++);
  };
  it("stay inside, have the asked area and aspect, and use all of both", () => {
    const boxes = Array.from({ length: 2000 }, (_, i) =>
      drawBox(100, { size: 10, scale: [0.2, 0.8], ratio: [0.75, 4 / 3] }, draws(`train/${i}`)),
    );
    for (const { top, left, rows, columns } of boxes) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(Math.max(top + rows, left + columns)).toBeLessThanOrEqual(100);
      expect(rows * columns).toBeGreaterThan(1900);
      expect(rows * columns).toBeLessThan(8150);
      expect(columns / rows).toBeGreaterThan(0.72);
      expect(columns / rows).toBeLessThan(1.38);
    }
    const areas = boxes.map(({ rows, columns }) => rows * columns);
    expect(Math.min(...areas)).toBeLessThan(2100);
    expect(Math.max(...areas)).toBeGreaterThan(7800);
    expect(areas.reduce((sum, area) => sum + area, 0) / 2000).toBeCloseTo(5000, -2.5);
  });
  it("fall back to the whole image where no window fits", () => {
    const box = drawBox(20, { size: 10, scale: [2, 3], ratio: [0.75, 4 / 3] }, draws("x"));
    expect(box).toEqual({ top: 0, left: 0, rows: 20, columns: 20 });
  });
  it("take the centre, and mirror", () => {
    const target = { channels: 1, size: 4, data: Float32Array.from({ length: 16 }, (_, i) => i) };
    flip(target, { across: true, down: false });
    expect([...target.data.subarray(0, 4)]).toEqual([3, 2, 1, 0]);
    flip(target, { across: true, down: true });
    expect([...target.data]).toEqual([12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
    centreCrop(target, 2);
    expect([...target.data]).toEqual([9, 10, 5, 6]);
  });
});

describe("augmentations", () => {
  it("are the catalogue's", () => {
    expect(Object.keys(AUGMENTATIONS).sort()).toEqual(
      entries("augment")
        .map(({ id }) => id)
        .sort(),
    );
  });
  it("refuse a crop of another size than the model's", () => {
    const crop = { id: "crop", version: 1, params: { size: 32 } };
    expect(() => augmentationsOf([crop], { size: 28, channels: 3 })).toThrow(
      /crop gives 32 px but the model takes 28 px/,
    );
  });
  it("jitter stays in range, does nothing at p 0, and follows its draws", () => {
    const params = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };
    const jitter = (p: number, seed: number) => {
      const target = image();
      const stream = new Stream({ seed, purpose: "augment", repeat: 1, about: [] });
      let next = 0;
      const steps = augmentationsOf([{ id: "jitter", version: 1, params: { ...params, p } }], {
        size: 12,
        channels: 3,
      });
      const drawn = drawSteps(steps, 12, () => stream.uniformAbout(hashItem("a"), 0, next++));
      for (const each of drawn) applyDrawn(target, each);
      return target.data;
    };
    expect(jitter(0, 1)).toEqual(image().data);
    expect(jitter(1, 1)).toEqual(jitter(1, 1));
    expect(jitter(1, 1)).not.toEqual(jitter(1, 2));
    expect(jitter(1, 1).every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
