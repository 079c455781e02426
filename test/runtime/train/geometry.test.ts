/** Rotations, affine maps, blurs and erasures on the host: torchvision's values, identities, draws. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Choice } from "../../../src/catalog/types.js";
import { hashItem, Stream } from "../../../src/runtime/random/stream.js";
import {
  type AffineMap,
  drawAffine,
  drawRotation,
  type Interpolation,
  inverseOf,
  warp,
} from "../../../src/runtime/train/affine.js";
import { applyDrawn, augmentationsOf, drawSteps } from "../../../src/runtime/train/augment.js";
import { blur, sharpnessOf } from "../../../src/runtime/train/blur.js";
import type { Box } from "../../../src/runtime/train/crop.js";
import { drawErasure, type EraseParams, erase } from "../../../src/runtime/train/erase.js";
import type { Draw, FloatImage } from "../../../src/runtime/train/image.js";
import fc from "../../support/properties.js";

interface Style {
  readonly interpolation: Interpolation;
  readonly fill: readonly number[];
}
interface Result {
  readonly out: readonly number[];
}
interface Golden {
  readonly images: { readonly [size: string]: readonly number[] };
  readonly rotate: readonly (Style & Result & { readonly size: number; readonly degrees: number })[];
  readonly affine: readonly (Style & Result & AffineMap & { readonly size: number })[];
  readonly blur: readonly (Result & { readonly size: number; readonly kernel: number; readonly sigma: number })[];
  readonly erase: readonly (Result & Box & { readonly value: readonly number[] })[];
}
const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, "golden/augment.golden.json"), "utf8"));

const image = (size = 12): FloatImage => ({
  channels: 3,
  size,
  data: Float32Array.from(golden.images[size] ?? [], (value) => value / 255),
});
const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(actual.length).toBe(expected.length);
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(value - (actual[i] ?? Number.NaN))));
  expect(worst).toBeLessThan(tolerance);
};
/** Draws of one image in one epoch. */
const drawing = (id: string, epoch = 0): Draw => {
  const stream = new Stream({ seed: 7, purpose: "augment", repeat: 1, about: [] });
  let next = 0;
  return () => stream.uniformAbout(hashItem(id), epoch, next++);
};
const choice = (id: string, params: Choice["params"]): Choice => ({ id, version: 1, params });

/** What a recipe does to an image. */
function augmented(choices: readonly Choice[], id: string, size = 12, epoch = 0): FloatImage {
  const target = image(size);
  const steps = augmentationsOf(choices, { size, channels: 3 });
  for (const drawn of drawSteps(steps, size, drawing(id, epoch))) applyDrawn(target, drawn);
  return target;
}

// torchvision works its grid out in float32, here positions are exact: some 1e-6 pixels of up to 255 levels apart
const TOLERANCE = 5e-6;

describe("torchvision's values", () => {
  it.each(golden.rotate)("rotate by $degrees, $interpolation, $size px", ({ size, degrees, out, ...style }) => {
    const target = image(size);
    warp(
      target,
      drawRotation([degrees, degrees], () => 0.5),
      style,
    );
    near(target.data, out, TOLERANCE);
  });
  it.each(golden.affine)("affine by $angle, scaled by $scale, $interpolation, $size px", (each) => {
    const { size, interpolation, fill, out } = each;
    const target = image(size);
    warp(target, inverseOf(each), { interpolation, fill });
    near(target.data, out, TOLERANCE);
  });
  it.each(golden.blur)("blur by $sigma with $kernel px, $size px", ({ size, kernel, sigma, out }) => {
    const target = image(size);
    blur(target, (kernel - 1) / 2, sharpnessOf(sigma));
    near(target.data, out, 1e-6);
  });
  it.each(golden.erase)("erase $rows × $columns", ({ value, out, ...box }) => {
    const target = image();
    erase(target, { box, value });
    near(target.data, out, 1e-7);
  });
});

const interpolations = fc.constantFrom("nearest", "bilinear");
const ids = fc.string();
const sizes = fc.constantFrom(11, 12);

describe("identities", () => {
  it("no degrees, shift, scaling or shear leave an image as it is, whatever comes in from outside", () => {
    fc.assert(
      fc.property(ids, sizes, interpolations, fc.double({ min: 0, max: 1, noNaN: true }), (id, size, mode, fill) => {
        const rotate = choice("rotate", { degrees: 0, interpolation: mode, fill });
        const affine = choice("affine", { degrees: 0, interpolation: mode, fill: [fill, 0, 1] });
        near(augmented([rotate], id, size).data, image(size).data, 1e-7);
        near(augmented([affine], id, size).data, image(size).data, 1e-7);
      }),
    );
  });
  it("p: 0 leaves an image as it is", () => {
    fc.assert(
      fc.property(ids, (id) => {
        const none = [choice("erase", { p: 0, value: "random" }), choice("blur", { kernel_size: 9, p: 0 })];
        expect(augmented(none, id).data).toEqual(image().data);
      }),
    );
  });
  it("blur fades out with sigma, and leaves the mean of a flat image", () => {
    const sharp = choice("blur", { kernel_size: 5, sigma: 1e-3 });
    expect(augmented([sharp], "a").data).toEqual(image().data);
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 50, noNaN: true }), fc.integer({ min: 0, max: 11 }), (sigma, radius) => {
        const flat = { channels: 1, size: 12, data: new Float32Array(144).fill(0.625) };
        blur(flat, radius, sharpnessOf(sigma));
        near(flat.data, new Float32Array(144).fill(0.625), 1e-6);
      }),
    );
  });
  it("four quarter turns are none, and a turn undoes its opposite in the middle", () => {
    const quarter = choice("rotate", { degrees: [90, 90] });
    expect(augmented([quarter, quarter, quarter, quarter], "a").data).toEqual(image().data);
    expect(augmented([quarter], "a").data).not.toEqual(image().data);
    const opposite = choice("rotate", { degrees: [-90, -90] });
    expect(augmented([quarter, opposite], "a", 11).data).toEqual(image(11).data);
  });
  it("a rotation is the affine map the other way round", () => {
    const turned = (id: string, angle: number) =>
      augmented([choice(id, { degrees: [angle, angle], interpolation: "bilinear" })], "a").data;
    fc.assert(
      fc.property(fc.double({ min: -360, max: 360, noNaN: true }), (angle) => {
        near(turned("rotate", angle), turned("affine", -angle), 1e-6);
      }),
    );
  });
});

describe("draws", () => {
  it("are the image's and the epoch's", () => {
    const recipe = [
      choice("affine", { degrees: 40, translate: [0.2, 0.2], scale: [0.7, 1.4], shear: [-5, 5, -5, 5] }),
      choice("blur", { kernel_size: 3, sigma: [0.5, 2] }),
      choice("erase", { p: 1, value: "random" }),
    ];
    expect(augmented(recipe, "a").data).toEqual(augmented(recipe, "a").data);
    expect(augmented(recipe, "a").data).not.toEqual(augmented(recipe, "b").data);
    expect(augmented(recipe, "a").data).not.toEqual(augmented(recipe, "a", 12, 1).data);
  });
  it("of affine maps shift by whole pixels up to the asked share, and use all of it", () => {
    const none = { degrees: [0, 0], scale: [1, 1], shear: [[0, 0] as const, [0, 0] as const] } as const;
    const shifts = Array.from({ length: 500 }, (_, i) => {
      const [, , x, , , y] = drawAffine(20, { ...none, translate: [0.25, 0] }, drawing(`image ${i}`));
      expect(Math.abs(y)).toBe(0);
      return x;
    });
    expect(shifts.every(Number.isInteger)).toBe(true);
    expect([Math.min(...shifts), Math.max(...shifts)]).toEqual([-5, 5]);
    expect(new Set(shifts.map((shift) => shift || 0)).size).toBe(11);
  });
  it("of erasures stay inside, have the asked area and aspect, and happen as often as asked", () => {
    const params: EraseParams = { p: 0.5, scale: [0.1, 0.3], ratio: [0.5, 2], value: [0] };
    const erasures = Array.from({ length: 2000 }, (_, i) => drawErasure(100, params, drawing(`image ${i}`)));
    const boxes = erasures.flatMap((erasure) => erasure?.box ?? []);
    expect(boxes.length / 2000).toBeCloseTo(0.5, 1);
    for (const { top, left, rows, columns } of boxes) {
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(Math.max(top + rows, left + columns)).toBeLessThanOrEqual(100);
      expect(Math.abs(rows * columns - 2000)).toBeLessThan(1080);
      expect(Math.abs(Math.log(rows / columns))).toBeLessThan(Math.log(2) + 0.05);
    }
    expect(boxes.some(({ rows, columns }) => rows * columns < 1200)).toBe(true);
    expect(boxes.some(({ rows, columns }) => rows * columns > 2800)).toBe(true);
  });
  it("of erasures that never fit leave the image", () => {
    const params: EraseParams = { p: 1, scale: [1, 1], ratio: [1, 1], value: [0] };
    expect(drawErasure(10, params, drawing("a"))).toBeUndefined();
  });
  it("erase to standard normal numbers, others in each image", () => {
    const box = { top: 0, left: 0, rows: 60, columns: 60 };
    const noise = (key: number) => {
      const target = { channels: 3, size: 64, data: new Float32Array(3 * 64 * 64).fill(9) };
      erase(target, { box, value: { key } });
      return target.data.filter((value) => value !== 9);
    };
    const values = noise(1);
    expect(values).toHaveLength(3 * 60 * 60);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
    expect(noise(1)).toEqual(values);
    expect(noise(2)).not.toEqual(values);
  });
});

describe("what does not fit is refused by name", () => {
  it("a number for each of other channels", () => {
    const due = (id: string, name: string) =>
      `augment ${id} has 2 numbers as \`${name}\` but the images have 3 channels; give one number, or one for each channel`;
    expect(() => augmented([choice("rotate", { degrees: 5, fill: [0, 1] })], "a")).toThrow(due("rotate", "fill"));
    expect(() => augmented([choice("erase", { value: [0, 1] })], "a")).toThrow(due("erase", "value"));
  });
  it("a kernel that reaches beyond the mirrored edge", () => {
    expect(() => augmented([choice("blur", { kernel_size: 25 })], "a")).toThrow(
      "augment blur mirrors 12 px at the edges of images of 12 px; give a `kernel_size` of at most 23 px",
    );
    expect(() => augmented([choice("blur", { kernel_size: 23 })], "a")).not.toThrow();
  });
});
